/** History as the server answers it. */
import type { Author } from '@coplan/care-plan/plan';
import { paths, type PlanId, post, type SectionId } from '../api';

/** One thing that is different. */
export interface Difference {
  path: string;
  label: string;
  kind: 'set' | 'changed' | 'cleared' | 'added' | 'removed' | 'restored' | 'moved' | 'settled';
  before: string | null;
  after: string | null;
  reason: string | null;
  /** The last who changed it, in a comparison. */
  by?: Author | null;
  at?: string | null;
}

/** What one person did at one time: consecutive changes of one author to one section are one entry. */
export interface Entry {
  id: string;
  /** Nothing for a publication, which is of the whole plan. */
  section: SectionId | null;
  title: string | null;
  at: string;
  device_at: string | null;
  by: Author;
  changes: string[];
  kind: 'edit' | 'settled' | 'decision' | 'publication';
  sentence: string;
  differences: Difference[];
  undoable: boolean;
}

export interface History {
  entries: Entry[];
  next: string | null;
}

/** Two moments of a plan, field by field. */
export interface Comparison {
  from: string;
  to: string;
  sections: { section: SectionId; title: string; differences: Difference[] }[];
}

/** Who last wrote what stands at a path. */
export interface PathAuthor {
  path: string;
  by: Author;
  at: string;
  device_at: string | null;
  change: string;
  /** How many people wrote a text. */
  people?: number;
}

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
