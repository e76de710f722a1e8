/**
 * The plan that is open, and how to open, renew and leave it.
 *
 * ```tsx
 * const { opening, open, renew, leave } = useOpening();
 * ```
 *
 * The browser's Back leads from a plan to the search. Neither the address nor the history holds whose plan it was.
 */
import { usePublications } from '@coplan/care-plan/news';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { askUrgent, type Target } from './api';
import { serviceNowMs } from './clock';
import * as deviceStore from './deviceStore';
import { losePlan, openPlan, showNewer, type Opening, type ShownPlan } from './opening';

const reach = { ask: askUrgent, ...deviceStore };

/** Looks after one opening at a time; a new one ends the one before. */
export function useOpening() {
  const [opening, setOpening] = useState<Opening | null>(null);
  const running = useRef(new AbortController());

  const start = useCallback((target: Target, reading: ShownPlan | null) => {
    running.current.abort();
    running.current = new AbortController();
    void openPlan(target, reading, reach, running.current.signal, setOpening);
  }, []);

  const open = useCallback(
    (target: Target) => {
      history.pushState({ plan: true }, '');
      start(target, null);
    },
    [start],
  );

  const renew = useCallback(() => {
    if (opening) start(opening.target, opening.at === 'plan' ? opening.plan : null);
  }, [opening, start]);

  /** The same from the beginning: nothing stays on the screen meanwhile. */
  const openAgain = useCallback((target: Target) => start(target, null), [start]);

  const seeNewer = useCallback(() => {
    if (opening?.at === 'plan') setOpening({ ...opening, plan: showNewer(opening.plan) });
  }, [opening]);

  useEffect(() => {
    const left = () => {
      running.current.abort();
      setOpening(null);
    };
    addEventListener('popstate', left);
    return () => removeEventListener('popstate', left);
  }, []);

  const lose = useCallback(() => {
    if (!opening) return;
    running.current.abort();
    running.current = new AbortController();
    void losePlan(opening.target, reach, running.current.signal, setOpening);
  }, [opening]);

  useNews(opening, renew, lose);
  useAskAgain(opening, renew);
  useLease(opening, openAgain);
  return { opening, open, openAgain, renew, seeNewer, leave };
}

function leave(): void {
  history.back();
}

/**
 * The service tells when something newer was published, or that the plan is not shown any more. A newer version is
 * fetched then, and announced; what somebody is reading stays. If it does not tell any more, it is asked whether the plan
 * may still be read.
 */
function useNews(opening: Opening | null, renew: () => void, lose: () => void): void {
  const plan = opening?.at === 'plan' && opening.plan.freshness === 'checked' ? opening.plan : null;
  const number = plan?.view.person.nhs_number;
  const following = plan &&
    number && {
      url: EVENTS,
      headers: { 'x-nhs-number': number },
      version: (plan.newer ?? plan).view.version,
    };
  usePublications(following || undefined, { published: renew, gone: lose, refused: renew });
}

const EVENTS = '/api/urgent/events';

/**
 * A copy that is not confirmed is asked for again as soon as there may be a signal; a confirmed plan when somebody comes
 * back to it later. Every question is an audited look at the plan, so a page that nobody left asks nothing.
 */
function useAskAgain(opening: Opening | null, renew: () => void): void {
  const plan = opening?.at === 'plan' ? opening.plan : null;
  const isUnconfirmed = plan?.freshness === 'no-answer';
  useEffect(() => {
    if (!plan) return undefined;
    const again = () => {
      const isOld = serviceNowMs(plan.clock, Date.now()) - plan.checkedAtMs > CONFIRMED_FOR_MS;
      if (document.visibilityState === 'visible' && (isUnconfirmed || isOld)) renew();
    };
    const timer = isUnconfirmed ? setInterval(again, ASK_AGAIN_MS) : undefined;
    addEventListener('online', again);
    document.addEventListener('visibilitychange', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
      document.removeEventListener('visibilitychange', again);
    };
  }, [plan, isUnconfirmed, renew]);
}

/** Between two attempts to confirm a copy that is on the screen. */
const ASK_AGAIN_MS = 30_000;
/** Somebody who comes back to a plan after this long has it confirmed again. */
const CONFIRMED_FOR_MS = 5 * 60_000;

/** What stands on the screen goes when its time is over, as what is kept on the device does. */
function useLease(opening: Opening | null, openAgain: (target: Target) => void): void {
  const shown = opening?.at === 'plan' ? opening : null;
  useEffect(() => {
    if (!shown) return undefined;
    let left = false;
    const { view, until } = shown.plan;
    // After the time in an emergency is over, the same is asked for as at the beginning.
    const target: Target = until === undefined ? shown.target : { plan: view.plan };
    const check = async () => {
      if ((await deviceStore.isLapsed(shown.plan)) && !left) openAgain(target);
    };
    const timer = setInterval(() => void check(), LEASE_CHECK_MS);
    const back = () => void check();
    document.addEventListener('visibilitychange', back);
    return () => {
      left = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', back);
    };
  }, [shown, openAgain]);
}

/** Between two looks at whether a plan may still be shown. */
const LEASE_CHECK_MS = 20_000;
