/**
 * The plan that is open, and how to open, renew and leave it.
 *
 * ```tsx
 * const { opening, open, renew, leave } = useOpening();
 * ```
 *
 * The browser's Back leads from a plan to the search. Neither the address nor the history holds whose plan it was.
 */
import type { NhsNumber } from '@coplan/care-plan/plan';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { askUrgent } from './api';
import * as deviceStore from './deviceStore';
import { openPlan, showNewer, type Opening, type ShownPlan } from './opening';

const reach = { ask: askUrgent, ...deviceStore };

/** Looks after one opening at a time; a new one ends the one before. */
export function useOpening() {
  const [opening, setOpening] = useState<Opening | null>(null);
  const running = useRef(new AbortController());

  const start = useCallback((number: NhsNumber, reading: ShownPlan | null) => {
    running.current.abort();
    running.current = new AbortController();
    void openPlan(number, reading, reach, running.current.signal, setOpening);
  }, []);

  const open = useCallback(
    (number: NhsNumber) => {
      history.pushState({ plan: true }, '');
      start(number, null);
    },
    [start],
  );

  const renew = useCallback(() => {
    if (opening) start(opening.number, opening.at === 'plan' ? opening.plan : null);
  }, [opening, start]);

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

  useAskAgain(opening, renew);
  return { opening, open, renew, seeNewer, leave };
}

function leave(): void {
  history.back();
}

/** A copy that is not confirmed is asked for again as soon as there may be a signal. */
function useAskAgain(opening: Opening | null, renew: () => void): void {
  const stale = opening?.at === 'plan' && opening.plan.freshness === 'no-answer';
  useEffect(() => {
    if (!stale) return undefined;
    const again = () => {
      if (document.visibilityState === 'visible') renew();
    };
    const timer = setInterval(again, ASK_AGAIN_MS);
    addEventListener('online', again);
    document.addEventListener('visibilitychange', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
      document.removeEventListener('visibilitychange', again);
    };
  }, [stale, renew]);
}

const ASK_AGAIN_MS = 30_000;
