import { formatAgo, formatMoment, readView, type PublishedView, type Section } from '@coplan/care-plan/plan';
import { flushSync } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';
import { paths } from '../api';
import { changePath } from '../changePath';
import type { PageProps } from '../pageProps';
import { useTitle } from '../shell/useTitle';
import { useAsked } from '../useAsked';
import { EmergencyCard } from './EmergencyCard';
import { emergencyOf } from './emergency';
import { GOALS } from './goals';
import { lockedIn } from './locked';
import { LockedParts } from './LockedParts';
import { NewerLine } from './NewerLine';
import { OwnPart } from './OwnPart';
import { PartOfPlan } from './PartOfPlan';
import { useNewest } from './useNewest';
import { WaitingLine } from './WaitingLine';

/** Parts that stand open at the top, in this order: what the person writes most. */
const OWN_PARTS = ['about-me', GOALS.section];

/** The plan as it was last published for the person: a letter about them. */
export function PlanPage({ plan, whose, lose, look, lost }: PageProps) {
  const heading = useTitle(whose.Plan);
  const { asked, again } = useAsked<unknown>(paths.view(plan.id));
  const definitions = useDefinitions();
  const view = asked.at === 'there' ? readView(asked.value) : null;
  const nothing = asked.at === 'trouble' && asked.trouble === 'not-found';
  const newest = useNewest(plan.id, view?.version, nothing, again, { lose, look });
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h1 tabIndex={-1} ref={heading}>
        {whose.own ? whose.Plan : `The plan of ${whose.name}`}
      </h1>
      <WaitingLine plan={plan} />
      {lost}
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
      <NewerLine newest={newest} />
      {view && asked.at === 'there' && (
        <Published view={view} now={asked.nowMs} definitions={definitions} plan={plan} whose={whose} />
      )}
      {nothing && <OwnParts view={null} definitions={definitions} plan={plan} whose={whose} />}
      {(view || nothing) && definitions && (
        <LockedParts of={lockedIn(plan, view, definitions)} whose={whose} />
      )}
    </main>
  );
}

/** What the parts are made of; nothing until the service has said it. */
function useDefinitions(): Section[] | undefined {
  const { asked } = useAsked<{ sections: Section[] }>(paths.sections);
  return asked.at === 'there' ? asked.value.sections : undefined;
}

interface PublishedProps extends Omit<PageProps, 'lose' | 'look' | 'lost'> {
  definitions: Section[] | undefined;
}

function Published({
  view,
  now,
  definitions,
  plan,
  whose,
}: PublishedProps & { view: PublishedView; now: number }) {
  const { all, setAll } = useAllOpen();
  const parts = new Set([...plan.sections, ...plan.published_only].map(({ section }) => section));
  const rest = view.sections.filter(({ section }) => !OWN_PARTS.includes(section));
  return (
    <>
      <p class="lead">
        This is what was published on{' '}
        <strong>
          {formatMoment(view.published_at)} ({formatAgo(view.published_at, now)})
        </strong>
        . Newer words may wait to be signed.
      </p>
      {definitions && (
        <EmergencyCard emergency={emergencyOf(view, definitions, parts)} whose={whose} open={all} />
      )}
      <OwnParts view={view} definitions={definitions} plan={plan} whose={whose} />
      <section aria-labelledby="rest">
        <h2 class="rest" id="rest">
          The other parts
        </h2>
        <div class="buttons no-print">
          <button class="button button--plain" type="button" onClick={() => setAll(!all)}>
            {all ? 'Close all parts' : 'Open all parts'}
          </button>
          <button class="button button--plain" type="button" onClick={() => window.print()}>
            Print
          </button>
          <a class="button button--plain" href={paths.print(plan.id)} target="_blank" rel="noreferrer">
            Print two sides
          </a>
          <a
            class="button button--plain"
            href={`${paths.print(plan.id)}?variant=easy-read`}
            target="_blank"
            rel="noreferrer"
          >
            Print in easy words
          </a>
        </div>
        <div>
          {rest.map((section) => (
            <PartOfPlan
              key={section.section}
              section={section}
              now={now}
              open={all}
              change={changePath(plan, section.section)}
            />
          ))}
        </div>
      </section>
    </>
  );
}

/** What the person writes most, whether something of it has been published or not. */
function OwnParts({ view, definitions, plan, whose }: PublishedProps & { view: PublishedView | null }) {
  return (
    <>
      {OWN_PARTS.map((id) => (
        <OwnPart
          key={id}
          plan={plan}
          whose={whose}
          section={plan.sections.find(({ section }) => section === id)}
          published={view?.sections.find(({ section }) => section === id)}
          version={view?.version ?? 0}
          definition={definitions?.find((definition) => definition.id === id)}
        />
      ))}
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
