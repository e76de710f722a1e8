import { formatMoment } from '@coplan/care-plan/plan';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { paths, type PlanSummary } from '../api';
import { KeptWords } from '../lost/KeptWords';
import { sweepUnlisted } from '../lost/sweep';
import { PageShell } from '../shell/PageShell';
import { useDevice } from '../signedIn';
import { useAnswer } from '../useAnswer';
import { PlanTable } from './PlanTable';
import { matches } from './search';

/** The list of plans: who, how old, when it changed; found by name or NHS number, opened with a click or Enter. */
export function PlanListPage() {
  const plans = useAnswer<PlanSummary[]>(paths.plans);
  const waiting = useWaiting();
  const [search, setSearch] = useState('');
  const found = useMemo(() => plans.body?.filter((plan) => matches(plan, search)), [plans.body, search]);
  const input = useRef<HTMLInputElement>(null);
  useSlashKey(input);
  const swept = useSweep(plans.keptAt === undefined ? plans.body : undefined);
  return (
    <PageShell title="Plans">
      <main class="page" id="main">
        <div class="page__head">
          <h1>Plans</h1>
          <a class="nhsuk-button nhsuk-button--secondary" href="/professional/start">
            Start a plan
          </a>
        </div>
        <KeptWords turn={swept} />
        {plans.keptAt && (
          <p class="quiet-note">
            Offline. This list is as it was on {formatMoment(plans.keptAt)}. Plans you opened before still
            open.
          </p>
        )}
        <form class="search" role="search" onSubmit={(event) => openFirst(event, found)}>
          <label class="nhsuk-label" for="search">
            Find by name or NHS number
          </label>
          <input
            class="nhsuk-input search__input"
            id="search"
            ref={input}
            type="search"
            autocomplete="off"
            spellcheck={false}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </form>
        <p class="not-listed">
          <a href="/professional/find">Someone you are caring for who is not listed?</a>
        </p>
        <p class="search__count" role="status">
          {found && plans.body ? count(found.length, plans.body.length) : ''}
        </p>
        {plans.problem && !plans.body && <Broken />}
        {!plans.problem && !plans.body && <p>Opening the list…</p>}
        {plans.body?.length === 0 && <NoPlans />}
        {plans.body && plans.body.length > 0 && found?.length === 0 && <NothingFound search={search} />}
        {found && found.length > 0 && <PlanTable plans={found} waiting={waiting} />}
      </main>
    </PageShell>
  );
}

function NoPlans() {
  return (
    <div class="nhsuk-inset-text">
      <p>There are no plans here yet. The plans of the people you care for will stand in this list.</p>
      <p>
        <a href="/professional/start">Start a plan</a> with the person’s NHS number.
      </p>
    </div>
  );
}

function NothingFound({ search }: { search: string }) {
  return (
    <div class="nhsuk-inset-text">
      <p>No plan matches “{search}”. Check the spelling, or use the NHS number.</p>
      <p>
        If you are caring for somebody who is not on this list, <a href="/professional/find">find them</a> by
        their NHS number. If there is no plan, you can <a href="/professional/start">start one</a>.
      </p>
    </div>
  );
}

function Broken() {
  return (
    <div class="nhsuk-inset-text" role="alert">
      <p>The list cannot be reached, and none is kept on this device. Try again when there is a signal.</p>
    </div>
  );
}

function count(found: number, all: number): string {
  const plans = all === 1 ? 'plan' : 'plans';
  return found === all ? `${all} ${plans}` : `${found} of ${all} ${plans}`;
}

function openFirst(event: Event, found: PlanSummary[] | undefined): void {
  event.preventDefault();
  if (found?.length === 1) document.querySelector<HTMLAnchorElement>('.plan-table__name')?.click();
  else document.querySelector<HTMLAnchorElement>('.plan-table__name')?.focus();
}

/** `/` goes to the search box, as everywhere. */
function useSlashKey(input: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [input]);
}

/** What this device holds of plans that are no longer listed goes; says how often it has looked. */
function useSweep(listed: PlanSummary[] | undefined): number {
  const device = useDevice();
  const [swept, setSwept] = useState(0);
  useEffect(() => {
    if (listed) void sweepUnlisted(device, listed).then(() => setSwept((n) => n + 1));
  }, [device, listed]);
  return swept;
}

function useWaiting(): Map<string, number> {
  const device = useDevice();
  const [waiting, setWaiting] = useState(new Map<string, number>());
  useEffect(() => void device.waiting().then(setWaiting), [device]);
  return waiting;
}
