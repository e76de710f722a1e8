/** History as the server answers it. */
import type { Author } from './author';

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
  section: string | null;
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
  sections: { section: string; title: string; differences: Difference[] }[];
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
