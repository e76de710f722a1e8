/** Disagreements and contradictions as the server answers them. */
import type { Author, Kind } from '../plan';

/** A value with its words, as views and decision records carry it. */
export interface FieldBody {
  field: string;
  label: string;
  type: Kind;
  value?: string | number | boolean;
  display?: string;
  fields?: FieldBody[];
}

export type ConflictKind = 'values' | 'edited-and-removed' | 'denied' | 'records';

/** Something on which people disagree without having seen each other's words. */
export interface Conflict {
  section: string;
  title: string;
  /** `field`, `list.item.subfield`, or `list.item`. */
  path: string;
  label: string;
  kind: ConflictKind;
  values: ToldContender[];
  /** The one that holds until it is settled, by its place in `values`: of two choices about sharing, the narrower. */
  applies: number | null;
}

/** One of the values, and whose it is. */
export interface ToldContender {
  /** `null` or missing: it was taken away. */
  value?: unknown;
  display: string;
  fields?: FieldBody[];
  by: Author | null;
  at: string | null;
  device_at?: string | null;
  change: string;
}

/** Two things that merged without a conflict and cannot both be right. */
export interface Contradiction {
  rule: string;
  sentence: string;
  severity: 'warning' | 'blocks';
  where: { section: string; path: string; label: string; display: string }[];
}

export interface Conflicts {
  conflicts: Conflict[];
  contradictions: Contradiction[];
}
