/**
 * A published view: what the service wrote down, once, at a publication. Read-only by nature.
 *
 * `readView` checks the shape at the rim: a page never half-shows a plan whose bytes it does not understand.
 */

/** A published view of one plan. Only fields that hold something appear. */
export interface PublishedView {
  view: string;
  plan: string;
  /** Counts the plan's publications, from 1. */
  version: number;
  /** RFC 3339, UTC. */
  published_at: string;
  person: PersonOfView;
  sections: ViewSection[];
}

/** Whose plan it is. */
export interface PersonOfView {
  nhs_number: string;
  name: string;
  preferred_name?: string | null;
  /** `YYYY-MM-DD`. */
  born: string;
}

/** One section as it was frozen. */
export interface ViewSection {
  section: string;
  title: string;
  /** `none` goes out by itself; every other class needs a signature. */
  sign_off: string;
  version?: number;
  standing: Standing;
  fields: ViewField[];
}

/** Who stands behind a section's words. */
export type Standing =
  | { state: 'signed'; by: string; job_title: string; organisation: string; at: string }
  | { state: 'not-signed'; at: string }
  | { state: 'shared'; at: string };

/** A field with one value; `display` is the text people read. */
export interface ViewLeaf {
  field: string;
  label: string;
  type: 'text' | 'line' | 'coded' | 'yes-no' | 'integer' | 'decimal' | 'date' | 'phone';
  urgent?: boolean;
  disputed?: boolean;
  value: string | number | boolean;
  display: string;
}

/** Parts that belong together: a dose, an address. */
export interface ViewGroup {
  field: string;
  label: string;
  type: 'group';
  urgent?: boolean;
  disputed?: boolean;
  fields: ViewField[];
}

/** Items of one kind, in order: contacts, steps. */
export interface ViewList {
  field: string;
  label: string;
  type: 'list';
  urgent?: boolean;
  disputed?: boolean;
  item_name?: string;
  items: ListItem[];
}

/** One item of a list. */
export interface ListItem {
  id: string;
  fields: ViewField[];
}

/**
 * One value of a section. Where people disagree about a safety-critical value, each of theirs stands as a field of its
 * own under the same id, one after the other, `disputed`, and none of them is current.
 */
export type ViewField = ViewLeaf | ViewGroup | ViewList;

const LEAF_TYPES = new Set(['text', 'line', 'coded', 'yes-no', 'integer', 'decimal', 'date', 'phone']);
const STANDINGS = new Set(['signed', 'not-signed', 'shared']);
/** A list holds groups or leaves, a group leaves; deeper than this is no view of ours. */
const DEPTH_MAX = 6;

/** The view in `value`, or `null` if it is not one, whole and understood. */
export function readView(value: unknown): PublishedView | null {
  if (!isRecord(value) || !isRecord(value['person']) || !Array.isArray(value['sections'])) return null;
  const person = value['person'];
  const whole =
    areStrings(value, ['view', 'plan', 'published_at']) &&
    areStrings(person, ['nhs_number', 'name', 'born']) &&
    Number.isInteger(value['version']) &&
    !Number.isNaN(Date.parse(value['published_at'] as string)) &&
    value['sections'].every(isSection);
  return whole ? (value as unknown as PublishedView) : null;
}

function isSection(value: unknown): boolean {
  return (
    isRecord(value) &&
    areStrings(value, ['section', 'title', 'sign_off']) &&
    isStanding(value['standing']) &&
    areFields(value['fields'], 0)
  );
}

function isStanding(value: unknown): boolean {
  if (!isRecord(value) || !areStrings(value, ['state', 'at']) || !STANDINGS.has(value['state'] as string))
    return false;
  return value['state'] !== 'signed' || areStrings(value, ['by', 'job_title', 'organisation']);
}

function areFields(value: unknown, depth: number): boolean {
  return depth < DEPTH_MAX && Array.isArray(value) && value.every((field) => isField(field, depth));
}

function isField(value: unknown, depth: number): boolean {
  if (!isRecord(value) || !areStrings(value, ['field', 'label', 'type'])) return false;
  if (LEAF_TYPES.has(value['type'] as string)) return typeof value['display'] === 'string';
  if (value['type'] === 'group') return areFields(value['fields'], depth + 1);
  if (value['type'] !== 'list' || !Array.isArray(value['items'])) return false;
  return value['items'].every(
    (item) => isRecord(item) && areStrings(item, ['id']) && areFields(item['fields'], depth + 1),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areStrings(value: Record<string, unknown>, keys: string[]): boolean {
  return keys.every((key) => typeof value[key] === 'string');
}
