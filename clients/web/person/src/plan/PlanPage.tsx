import {
  formatAgo,
  formatMoment,
  readView,
  type PublishedView,
  type Standing,
  type ViewSection,
} from '@coplan/care-plan/plan';
import { flushSync } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';
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
  const { all, setAll } = useAllOpen();
  return (
    <>
      <p class="lead">
        This is what was published on{' '}
        <strong>
          {formatMoment(view.published_at)} ({formatAgo(view.published_at, now)})
        </strong>
        . Newer words may wait to be signed.
      </p>
      <div class="buttons no-print">
        <button class="button button--plain" type="button" onClick={() => setAll(!all)}>
          {all ? 'Close all parts' : 'Open all parts'}
        </button>
        <button class="button button--plain" type="button" onClick={() => window.print()}>
          Print
        </button>
      </div>
      <div>
        {view.sections.map((section) => (
          <Section key={section.section} section={section} now={now} open={all} />
        ))}
      </div>
    </>
  );
}

/** Whether all parts are open. They are on paper: a closed one would not be printed. */
function useAllOpen() {
  const [all, setAll] = useState(false);
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return { all: all || printing, setAll };
}

/** One part, closed until somebody opens it: a whole plan is too long for a phone. */
function Section({ section, now, open }: { section: ViewSection; now: number; open: boolean }) {
  return (
    <details class="part" open={open}>
      <summary>
        <h2>{section.title}</h2>
      </summary>
      <div class="section">
        <Fields fields={section.fields} />
        <p class="quiet section__foot">
          <StandingWords standing={section.standing} now={now} />
        </p>
      </div>
    </details>
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
