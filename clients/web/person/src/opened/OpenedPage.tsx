import { useEffect, useRef, useState } from 'preact/hooks';
import { type AuditEvent, type AuditEvents, auditPath, byDay } from '@coplan/care-plan/plan';
import { ask, paths, type Trouble } from '../api';
import type { PageProps } from '../pageProps';
import { useTitle } from '../shell/useTitle';
import { markOf, parted, timeOf, whoWords } from './events';

/** Everybody who opened the plan or did something with it, in sentences, by day. */
export function OpenedPage({ plan, whose }: PageProps) {
  const title = `Who has opened ${whose.plan}`;
  const heading = useTitle(title);
  const { events, next, trouble, busy, older } = useEvents(plan.id);
  const { done, refused } = parted(events ?? []);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h1 tabIndex={-1} ref={heading}>
        {title}
      </h1>
      <p class="lead">
        Each time somebody opens {whose.plan} or writes in it, it is noted here. Nobody can take a note away.
      </p>
      {!events && !trouble && <p role="status">Opening…</p>}
      {events && done.length === 0 && <p>Nobody has opened {whose.plan} yet.</p>}
      <Days events={done} />
      <div role="alert">
        {trouble && <p class="problem">This could not be shown: Coplan does not answer. Try again later.</p>}
      </div>
      {next !== null && (
        <p class="no-print">
          <button
            class="button button--plain"
            type="button"
            aria-disabled={busy}
            onClick={() => void older()}
          >
            Show older
          </button>
        </p>
      )}
      {refused.length > 0 && (
        <details class="fold">
          <summary>What was not allowed ({refused.length})</summary>
          <p>Somebody tried, and was stopped. They saw nothing.</p>
          <Days events={refused} />
        </details>
      )}
    </main>
  );
}

function Days({ events }: { events: AuditEvent[] }) {
  return (
    <>
      {byDay(events).map(({ day, events: ofDay }) => (
        <section class="day" key={day}>
          <h2>{day}</h2>
          <ul class="events">
            {ofDay.map((event) => (
              <Event key={event.id} event={event} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

const MARKS = { glass: 'Glass broken', emergency: 'Emergency' };

function Event({ event }: { event: AuditEvent }) {
  const mark = markOf(event);
  const who = whoWords(event);
  return (
    <li class={mark ? `event event--${mark}` : 'event'}>
      <p class="event__time">
        <time dateTime={event.at}>{timeOf(event)}</time>
      </p>
      <div>
        {mark && (
          <p>
            <strong class="event__mark">{MARKS[mark]}</strong>
          </p>
        )}
        <p class="event__sentence">{event.sentence}</p>
        {who && (
          <p class="quiet">
            <bdi>{who}</bdi>
          </p>
        )}
        {event.reason && (
          <p dir="auto">
            Why: “<bdi>{event.reason}</bdi>”
          </p>
        )}
        {mark === 'glass' && event.action === 'relationship:break-glass' && (
          <p class="quiet">Usually they may not open it. They had to say why, and somebody checks it.</p>
        )}
      </div>
    </li>
  );
}

/** Page after page of what was done; `undefined` until the first has come. */
function useEvents(plan: string) {
  const [events, setEvents] = useState<AuditEvent[]>();
  const [next, setNext] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<Trouble>();
  const [busy, setBusy] = useState(false);
  const asking = useRef(false);
  const load = async (before: number | null) => {
    if (asking.current) return;
    asking.current = true;
    setBusy(true);
    const answer = await ask<AuditEvents>(auditPath(paths.plan(plan), before));
    asking.current = false;
    setBusy(false);
    setTrouble(answer.ok ? undefined : answer.trouble);
    if (!answer.ok) return;
    setEvents((known) => [...(before === null ? [] : (known ?? [])), ...answer.value.events]);
    setNext(answer.value.next);
  };
  const first = useRef(load);
  useEffect(() => void first.current(null), []);
  return { events, next, trouble, busy, older: () => load(next) };
}
