/** Where the server tells of history, and how a change is taken back. */
import type { Entry } from '@coplan/care-plan/plan';
import { paths, type PlanId, post } from '../api';

export const historyPath = (plan: PlanId, query: Record<string, string | undefined> = {}): string => {
  const words = Object.entries(query).flatMap(([key, value]) => (value ? [[key, value]] : []));
  const search = new URLSearchParams(words as string[][]).toString();
  return `${paths.plan(plan)}/history${search ? `?${search}` : ''}`;
};

export const comparePath = (plan: PlanId, from: string, to: string): string =>
  `${paths.plan(plan)}/compare?${new URLSearchParams({ from, to }).toString()}`;

/** Takes back one's own changes, where nobody has written since. */
export async function undo(plan: PlanId, entry: Pick<Entry, 'section' | 'changes'>): Promise<void> {
  await post(paths.undo(plan), { section: entry.section, changes: entry.changes });
}
