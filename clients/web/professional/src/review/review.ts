/** What a privacy officer looks at: plans that staff opened by their own word. */
import type { Author } from '@coplan/care-plan/plan';
import type { PlanId } from '../api';

export type Finding = 'in-order' | 'not-in-order';

/** Nothing in it says whose plan it was. */
export interface ReviewItem {
  id: string;
  kind: 'asserted' | 'break-glass';
  at: string;
  until: string;
  reason: string;
  by: Author;
  state: 'open' | 'reviewed';
  finding: Finding | null;
  note: string | null;
}

export interface ReviewDetail extends ReviewItem {
  plan: PlanId;
  /** What was opened; the same events that the person sees. */
  opened?: { at: string; sentence: string; outcome?: string }[];
}

export const reviewPath = (state: ReviewItem['state']): string => `/api/review?state=${state}`;
export const reviewItemPath = (id: string): string => `/api/review/${encodeURIComponent(id)}`;

export const kindTitle: Record<ReviewItem['kind'], string> = {
  'break-glass': 'Broke the glass',
  asserted: 'Said that they care for the person',
};

export const findingWords: Record<Finding, string> = {
  'in-order': 'In order',
  'not-in-order': 'Not in order',
};

/** Events of one sentence, one after the other, as one line. */
export interface OpenedRun {
  sentence: string;
  /** Of the first and of the last. */
  from: string;
  to: string;
  times: number;
}

/** What a page that opens writes down forty times is one thing to look at. Order stays. */
export function inRuns(opened: NonNullable<ReviewDetail['opened']>): OpenedRun[] {
  const runs: OpenedRun[] = [];
  for (const { at, sentence } of opened) {
    const last = runs.at(-1);
    if (last?.sentence !== sentence) runs.push({ sentence, from: at, to: at, times: 1 });
    else Object.assign(last, { to: at, times: last.times + 1 });
  }
  return runs;
}

/** Broken glass first, and in each the oldest: what has waited longest. */
export function inOrder(items: ReviewItem[]): ReviewItem[] {
  return items.toSorted(
    (a, b) =>
      Number(b.kind === 'break-glass') - Number(a.kind === 'break-glass') ||
      (a.at < b.at ? -1 : a.at > b.at ? 1 : 0),
  );
}
