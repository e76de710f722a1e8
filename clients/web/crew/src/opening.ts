/**
 * Opening a plan: the service is asked, and a saved copy stands in while it does not answer.
 *
 * INVARIANT: a copy that the service has not confirmed just now is never shown as if it had. INVARIANT: what somebody
 * is reading is never exchanged under their eyes; a newer version is announced and shown when they ask for it. A plan
 * that the service no longer shows to this crew goes from the screen and from the device at once.
 */
import type { PublishedView } from '@coplan/care-plan/plan';
import type { Target, UrgentAnswer } from './api';
import { serviceNowMs, type Clock } from './clock';
import type { SavedCopy } from './deviceStore';

/** A plan on the screen. */
export interface ShownPlan extends SavedCopy {
  /** `checked`: confirmed at `checkedAtMs`, on this visit. `checking`, `no-answer`: a copy, not confirmed since then. */
  freshness: 'checked' | 'checking' | 'no-answer';
  /** A later version has come while this one was being read. */
  newer: SavedCopy | null;
}

/** Why there is no plan on the screen. */
export type Trouble = 'none' | 'withdrawn' | 'signed-out' | 'no-answer' | 'lapsed' | 'fault';

/** What the screen shows of an opening. */
export type Opening =
  | { at: 'asking'; target: Target; slow: boolean }
  | { at: 'plan'; target: Target; plan: ShownPlan }
  | { at: 'trouble'; target: Target; trouble: Trouble }
  /** Closed, and may be opened in an emergency. */
  | { at: 'shut'; target: Target; plan: string; why: string };

/** What an opening reaches for. */
export interface Reach {
  ask(target: Target, signal: AbortSignal): Promise<UrgentAnswer>;
  /** `lapsed`: there was one, and its time is over; it has been deleted. */
  savedCopy(target: Target): Promise<SavedCopy | 'lapsed' | null>;
  keepCopy(copy: SavedCopy): Promise<void>;
  forgetCopy(target: Target): Promise<void>;
  forgetEverything(): Promise<void>;
}

/** After this long without an answer, a saved copy is shown; without one, the page says that it still waits. */
export const SLOW_AFTER_MS = 2_500;

/** Asks for a plan and shows each state it passes through. `reading` is the plan already on the screen, if any. */
export async function openPlan(
  target: Target,
  reading: ShownPlan | null,
  reach: Reach,
  signal: AbortSignal,
  show: (opening: Opening) => void,
): Promise<void> {
  let shown = reading;
  const tell = (opening: Opening) => {
    if (signal.aborted) return;
    shown = opening.at === 'plan' ? opening.plan : null;
    show(opening);
  };
  tell(
    shown ? planOf(target, { ...shown, freshness: waiting(shown) }) : { at: 'asking', target, slow: false },
  );

  const kept = shown ? Promise.resolve(null) : reach.savedCopy(target);
  const saved = kept.then((copy) => (copy === 'lapsed' ? null : copy));
  let answered = false;
  const slow = setTimeout(async () => {
    const copy = await saved;
    if (answered || shown) return;
    tell(copy ? planOf(target, fromCopy(copy, 'checking')) : { at: 'asking', target, slow: true });
  }, SLOW_AFTER_MS);

  const answer = await reach.ask(target, signal);
  answered = true;
  clearTimeout(slow);
  if (signal.aborted) return;
  if (answer.kind === 'plan') {
    const copy = confirmed(answer.view, answer.clock, target.until ?? (shown ?? (await saved))?.until);
    tell(planOf(target, arrived(copy, shown)));
    await reach.keepCopy(copy);
  } else if (answer.kind === 'signed-out') {
    tell({ at: 'trouble', target, trouble: 'signed-out' });
    await reach.forgetEverything();
  } else if (answer.kind === 'none') {
    const had = shown !== null || (await saved) !== null;
    tell({ at: 'trouble', target, trouble: had ? 'withdrawn' : 'none' });
    await reach.forgetCopy(target);
  } else if (answer.kind === 'shut') {
    tell({ at: 'shut', target, plan: answer.plan, why: answer.why });
    await reach.forgetCopy(target);
  } else {
    const copy = shown ?? (await saved);
    const lapsed = (await kept) === 'lapsed';
    if (copy) tell(planOf(target, { ...fromCopy(copy, 'no-answer'), newer: shown?.newer ?? null }));
    else tell({ at: 'trouble', target, trouble: lapsed ? 'lapsed' : answer.kind });
  }
}

/**
 * The service has said that this crew may not read the plan any more: it goes from the device and from the screen at
 * once, and the service is asked what is left.
 */
export async function losePlan(
  target: Target,
  reach: Reach,
  signal: AbortSignal,
  show: (opening: Opening) => void,
): Promise<void> {
  const withdrawn: Opening = { at: 'trouble', target, trouble: 'withdrawn' };
  if (!signal.aborted) show(withdrawn);
  await reach.forgetCopy(target);
  await openPlan(target, null, reach, signal, (opening) => {
    const nothing = opening.at === 'asking' || (opening.at === 'trouble' && opening.trouble === 'none');
    show(nothing ? withdrawn : opening);
  });
}

/** The newer version in place of the one being read. */
export function showNewer(plan: ShownPlan): ShownPlan {
  return plan.newer ? fromCopy(plan.newer, 'checked') : plan;
}

function arrived(copy: SavedCopy, shown: ShownPlan | null): ShownPlan {
  if (!shown || isSame(shown.view, copy.view)) return fromCopy(copy, 'checked');
  return { ...shown, newer: copy };
}

/** A plan confirmed on this visit stays so while it is asked for again; a copy is being checked. */
function waiting(shown: ShownPlan): ShownPlan['freshness'] {
  return shown.freshness === 'checked' ? 'checked' : 'checking';
}

function confirmed(view: PublishedView, clock: Clock, until: string | undefined): SavedCopy {
  const checkedAtMs = serviceNowMs(clock, Date.now());
  const ends = until !== undefined && Date.parse(until) > checkedAtMs;
  return { view, clock, checkedAtMs, ...(ends ? { until } : {}) };
}

function fromCopy(copy: SavedCopy, freshness: ShownPlan['freshness']): ShownPlan {
  const { view, clock, checkedAtMs, until } = copy;
  return { view, clock, checkedAtMs, ...(until ? { until } : {}), freshness, newer: null };
}

function planOf(target: Target, plan: ShownPlan): Opening {
  return { at: 'plan', target, plan };
}

function isSame(one: PublishedView, other: PublishedView): boolean {
  return one.plan === other.plan && one.version === other.version && one.published_at === other.published_at;
}
