/**
 * When somebody arrived whose plan is open: what the minutes of a plan are counted from. It is no part of the plan. This tab
 * alone keeps it, and forgets it with the tab.
 */
import { createContext } from 'preact';
import { useState } from 'preact/hooks';

export interface Arrival {
  /** By the service's clock, in ms since 1970. */
  atMs: number | null;
  now: number;
  set(atMs: number | null): void;
}

/** Only below a plan that is read now; a replay counts nothing. */
export const ArrivalContext = createContext<Arrival | undefined>(undefined);

const KEY = 'coplan-arrived';

/** `const arrival = useArrival(view.plan, now);` */
export function useArrival(plan: string, now: number): Arrival {
  const [arrived, setArrived] = useState<Arrived | null>(kept);
  const set = (atMs: number | null) => {
    const next = atMs === null ? null : { plan, atMs };
    if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
    else sessionStorage.removeItem(KEY);
    setArrived(next);
  };
  return { atMs: arrived?.plan === plan ? arrived.atMs : null, now, set };
}

/** How it stands with minutes that are counted: until when, and how many are left; negative once it is over. */
export function countdown(atMs: number, minutes: number, now: number): { dueMs: number; left: number } {
  const dueMs = atMs + minutes * MINUTE_MS;
  const left = (dueMs - now) / MINUTE_MS;
  // A minute that has begun is left; one that is over is over.
  return { dueMs, left: Math.ceil(left) };
}

interface Arrived {
  plan: string;
  atMs: number;
}

function kept(): Arrived | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<Arrived> | null;
    const isWhole = typeof value?.plan === 'string' && Number.isFinite(value.atMs);
    return isWhole ? (value as Arrived) : null;
  } catch {
    return null;
  }
}

const MINUTE_MS = 60_000;
