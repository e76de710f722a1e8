/** What a crew saw in one job: the list of looks, and each as it was. */
import { formatMoment, type PublishedView } from '@coplan/care-plan/plan';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/Icon';
import { PlanBody } from '../components/PlanBody';
import { askRun, askSeen, type RunRead, type RunTrouble } from '../runs';

type Seen = { read: RunRead; view: PublishedView };

export function RunPage({ job }: { job: string }) {
  const [reads, setReads] = useState<RunRead[] | RunTrouble | null>(null);
  const [seen, setSeen] = useState<Seen | null>(null);
  const [trouble, setTrouble] = useState<RunTrouble | null>(null);
  useEffect(() => {
    void askRun(job).then(setReads);
    const back = () => setSeen(null);
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, [job]);

  const open = async (read: RunRead) => {
    const view = await askSeen(read);
    setTrouble(typeof view === 'string' ? view : null);
    if (typeof view === 'string') return;
    history.pushState({ seen: true }, '');
    setSeen({ read, view });
  };

  if (seen) return <SeenPlan {...seen} leave={() => history.back()} />;
  const said = typeof reads === 'string' ? reads : trouble;
  return (
    <main class="page find">
      <h1>
        What was seen in job <bdi>{job}</bdi>
      </h1>
      <div role="status">
        {reads === null && <p>Asking…</p>}
        {said && <p>{WORDS[said]}</p>}
      </div>
      {Array.isArray(reads) && (
        <ul class="copies">
          {reads.map((read) => (
            <li key={`${read.at} ${read.plan}`}>
              <button type="button" class="copies__open" onClick={() => void open(read)}>
                <strong>{formatMoment(read.at)}</strong>
                <span>
                  <bdi>{read.by.name}</bdi>, {read.by.job_title}, {read.by.organisation}
                </span>
                <span class="small">Urgent plan, version {read.version}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a class="button" href="/crew/">
          Find a plan
        </a>
      </p>
    </main>
  );
}

/** A plan as it was; ages are told by the time when it was seen. */
function SeenPlan({ read, view, leave }: Seen & { leave(): void }) {
  const name = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    name.current?.focus({ preventScroll: true });
  }, [read]);
  const [day, time] = formatMoment(read.at).split(', ');
  return (
    <div class="plan plan--copy">
      <div class="plan__paper">
        <main class="page">
          <div class="fresh fresh--warn">
            <p>
              <Icon of="warning" />
              <strong>
                As it was seen at {time} on {day}
              </strong>
              , version {view.version}, published{' '}
              <span class="nobreak">{formatMoment(view.published_at)}</span>
            </p>
          </div>
          <PlanBody heading={name} view={view} now={Date.parse(read.at)} />
          <p class="end">End of version {view.version}, as it was seen then. It may have changed since.</p>
        </main>
      </div>
      <nav class="reach" aria-label="Actions">
        <button type="button" class="button button--plain" onClick={leave}>
          Back to the list
        </button>
      </nav>
    </div>
  );
}

const WORDS: Record<RunTrouble, string> = {
  none: 'There is nothing under this number that you may see.',
  'signed-out': 'You are signed out. Sign in again.',
  'no-answer': 'No answer from the service. Load the page again when there is a signal.',
  fault:
    'The service answered, but not with what can be trusted. Nothing is shown rather than something wrong.',
};
