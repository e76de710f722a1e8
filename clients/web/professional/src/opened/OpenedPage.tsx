import { type AuditEvent, type AuditEvents, auditPath, byDay, formatTime } from '@coplan/care-plan/plan';
import { useEffect, useState } from 'preact/hooks';
import { get, paths } from '../api';
import { useOpenPlan } from '../openPlan';
import { faultWords } from '../useDoing';
import { type Shown, shownOf, shownWords, whoWords } from './events';

/** Who has opened this plan, newest first, in the same sentences that the person reads. */
export function OpenedPage() {
  const { plan } = useOpenPlan();
  const [pages, setPages] = useState<AuditEvents[]>([]);
  const [fault, setFault] = useState<string>();
  const [shown, setShown] = useState<Shown>('all');
  const ask = (before: number | null = null) => {
    get(auditPath(paths.plan(plan.id), before)).then(
      (body) => {
        setFault(undefined);
        setPages((all) => (before ? [...all, body as AuditEvents] : [body as AuditEvents]));
      },
      (problem) => setFault(faultWords(problem)),
    );
  };
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(() => ask(), [plan.id]);
  const events = pages.flatMap((page) => page.events);
  const some = shownOf(events, shown);
  const next = pages.at(-1)?.next;
  return (
    <main class="page" id="main">
      <h1>Who has opened this plan</h1>
      <p>The person sees the same list.</p>
      <div class="nhsuk-form-group">
        <label class="nhsuk-label" for="shown">
          Show
        </label>
        <select
          class="nhsuk-select"
          id="shown"
          value={shown}
          onChange={(event) => setShown(event.currentTarget.value as Shown)}
        >
          {(Object.keys(shownWords) as Shown[]).map((one) => (
            <option key={one} value={one}>
              {shownWords[one]}
            </option>
          ))}
        </select>
      </div>
      {fault && <p role="alert">{fault}</p>}
      {pages.length === 0 && !fault && <p role="status">Opening the list…</p>}
      {pages.length > 0 && (
        <p class="quiet" role="status">
          {countWords(some.length, shown, next !== null && next !== undefined)}
        </p>
      )}
      {byDay(some).map(({ day, events: ofDay }) => (
        <section key={day} aria-label={day}>
          <h2 class="nhsuk-heading-m day">{day}</h2>
          <ul class="rows">
            {ofDay.map((event) => (
              <Event key={event.id} event={event} />
            ))}
          </ul>
        </section>
      ))}
      {next !== null && next !== undefined && (
        <button class="nhsuk-button nhsuk-button--secondary" type="button" onClick={() => ask(next)}>
          Show earlier ones
        </button>
      )}
    </main>
  );
}

function Event({ event }: { event: AuditEvent }) {
  const who = whoWords(event);
  return (
    <li class={`rows__row event event--${event.outcome}`}>
      <time class="event__time" dateTime={event.at}>
        {formatTime(event.at)}
      </time>
      <div class="event__words">
        <strong>{event.sentence}</strong>
        {event.outcome === 'refused' && <span class="nhsuk-tag nhsuk-tag--red rows__tag">Refused</span>}
        {event.emergency && <span class="nhsuk-tag nhsuk-tag--orange rows__tag">Emergency</span>}
        {who && <span class="rows__line">{who}</span>}
        {event.reason && <span class="rows__line">“{event.reason}”</span>}
      </div>
    </li>
  );
}

function countWords(count: number, shown: Shown, more: boolean): string {
  if (count === 0 && shown === 'all') return 'Nobody has opened this plan yet.';
  if (count === 0) return more ? 'None among these. Show earlier ones to look further.' : 'None.';
  return `${count === 1 ? '1 entry' : `${count} entries`}${more ? ', and earlier ones' : ''}`;
}
