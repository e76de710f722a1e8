import {
  formatAgo,
  formatMoment,
  readView,
  type PublishedView,
  type Standing,
  type ViewSection,
} from '@coplan/care-plan/plan';
import { paths } from '../api';
import type { PageProps } from '../PlanRoute';
import { useTitle } from '../shell/useTitle';
import { useAsked } from '../useAsked';
import { Fields } from './Fields';
import { notShown } from './reading';

/** The plan as it was last published for the person. */
export function PlanPage({ plan, whose }: PageProps) {
  const heading = useTitle(whose.Plan);
  const { asked, again } = useAsked<unknown>(paths.view(plan.id));
  const view = asked.at === 'there' ? readView(asked.value) : null;
  const nothing = asked.at === 'trouble' && asked.trouble === 'not-found';
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h1 tabIndex={-1} ref={heading}>
        {whose.own ? whose.Plan : `The plan of ${whose.name}`}
      </h1>
      {asked.at === 'asking' && <p role="status">Opening…</p>}
      {nothing && (
        <p class="panel">
          <strong>Nothing of {whose.plan} has been published yet.</strong> Your care team is still writing it.
          When they publish it, you read it here.
        </p>
      )}
      {!view && !nothing && asked.at !== 'asking' && (
        <>
          <p class="problem" role="alert">
            {whose.Plan} could not be shown. Nothing has happened to it.
          </p>
          <p>
            <button class="button" type="button" onClick={() => void again()}>
              Try again
            </button>
          </p>
        </>
      )}
      {view && asked.at === 'there' && <Published view={view} now={asked.nowMs} />}
      {(view || nothing) && <NotShown titles={notShown(plan, view)} />}
    </main>
  );
}

function Published({ view, now }: { view: PublishedView; now: number }) {
  return (
    <>
      <p class="lead">
        This is what was published on{' '}
        <strong>
          {formatMoment(view.published_at)} ({formatAgo(view.published_at, now)})
        </strong>
        . Newer words may wait to be signed.
      </p>
      <p class="no-print">
        <button class="button button--plain" type="button" onClick={() => window.print()}>
          Print
        </button>
      </p>
      <nav class="contents no-print" aria-labelledby="contents">
        <h2 id="contents">What stands in it</h2>
        <ul>
          {view.sections.map(({ section, title }) => (
            <li key={section}>
              <a href={`#${section}`} onClick={(event) => goTo(event, section)}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {view.sections.map((section) => (
        <Section key={section.section} section={section} now={now} />
      ))}
    </>
  );
}

/** To a heading on this page; the address stays the page's. */
function goTo(event: Event, section: string) {
  event.preventDefault();
  const heading = document.getElementById(section);
  heading?.focus({ preventScroll: true });
  heading?.scrollIntoView();
}

function Section({ section, now }: { section: ViewSection; now: number }) {
  return (
    <section class="panel section" aria-labelledby={section.section}>
      <h2 id={section.section} tabIndex={-1}>
        {section.title}
      </h2>
      <Fields fields={section.fields} />
      <p class="quiet section__foot">
        <StandingWords standing={section.standing} now={now} />
      </p>
    </section>
  );
}

function StandingWords({ standing, now }: { standing: Standing; now: number }) {
  const when = `${formatMoment(standing.at)} (${formatAgo(standing.at, now)})`;
  switch (standing.state) {
    case 'signed':
      return (
        <>
          <strong>Signed</strong> by <bdi>{standing.by}</bdi>, {standing.job_title}, {standing.organisation},{' '}
          {when}
        </>
      );
    case 'not-signed':
      return (
        <>
          <strong>Not signed yet.</strong> Last changed {when}
        </>
      );
    case 'shared':
      return <>Last changed {when}</>;
  }
}

/** What is honest to say about parts that one does not see: that they exist, and whom to ask. */
function NotShown({ titles }: { titles: string[] }) {
  if (titles.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="not-shown">
      <h2 id="not-shown">What you do not see here</h2>
      <p>
        Staff may have written in the parts below, and can see them when you cannot. You have a right to ask
        your care team what they say.
      </p>
      <ul class="bullets">
        {titles.map((title) => (
          <li key={title}>{title}</li>
        ))}
      </ul>
    </section>
  );
}
