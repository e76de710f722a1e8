/** How long what a device holds of a plan may be looked at without the server having confirmed that it may. */

const DAY_MS = 24 * 60 * 60_000;
/** A copy that was not confirmed for so long is deleted. */
export const LEASE_DAYS = 30;
/** From here on the page says so. */
export const LEASE_WARNING_DAYS = 7;
/** So long the words of somebody who lost access before they were sent are kept for them. */
export const KEPT_WORDS_DAYS = 7;

/** How a copy stands. `endsAt` is when it is deleted. */
export type Lease = { kind: 'good' } | { kind: 'ageing'; days: number; endsAt: string } | { kind: 'ended' };

/** The lease of a copy that the server confirmed at `confirmedAt`, at `now`. */
export function leaseOf(confirmedAt: string, now: number): Lease {
  const confirmed = Date.parse(confirmedAt);
  const days = Math.floor((now - confirmed) / DAY_MS);
  if (Number.isNaN(confirmed) || days >= LEASE_DAYS) return { kind: 'ended' };
  if (days < LEASE_WARNING_DAYS) return { kind: 'good' };
  return { kind: 'ageing', days, endsAt: new Date(confirmed + LEASE_DAYS * DAY_MS).toISOString() };
}

/** When words that were kept at `at` are deleted. */
export function wordsEndAt(at: string): string {
  return new Date(Date.parse(at) + KEPT_WORDS_DAYS * DAY_MS).toISOString();
}
