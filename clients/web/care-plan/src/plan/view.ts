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
  /** Where the person lives is withheld: what would say so is not there. */
  withheld?: boolean;
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

interface FieldOfView {
  field: string;
  label: string;
  urgent?: boolean;
  /** People disagree about it and nobody has settled it. */
  disputed?: boolean;
  /** What they each say; beside a value, the value is what was signed before they disagreed. */
  contenders?: Contender[];
}

/** A field with one value; `display` is the text people read, `value` what stands for it where that is something else. */
export interface ViewLeaf extends FieldOfView {
  type: LeafType;
  value?: string | number | boolean;
  display: string;
  /** Minutes that may be counted from arrival. */
  clock?: boolean;
}

/** Parts that belong together: a dose, an address. */
export interface ViewGroup extends FieldOfView {
  type: 'group';
  fields: ViewField[];
}

/** Items of one kind, in order: contacts, steps. */
export interface ViewList extends FieldOfView {
  type: 'list';
  item_name?: string;
  items: ListItem[];
}

/** Decision records of one kind: those in force, or those of which none is because they disagree. */
export interface ViewRecords extends FieldOfView {
  type: 'list';
  records: DecisionRecord[];
}

/** A field without an agreed value. */
export interface ViewContested extends FieldOfView {
  type: LeafType | 'group' | 'list';
  disputed: true;
  contenders: Contender[];
}

/** One item of a list. */
export interface ListItem {
  id: string;
  fields: ViewField[];
  disputed?: boolean;
  contenders?: Contender[];
}

/** One of the things that people say who disagree. */
export interface Contender {
  /** What people read: "(taken away)" where somebody took the value away. */
  display: string;
  value?: string | number | boolean;
  /** The parts, where it is a group or an item. */
  fields?: ViewField[];
  by?: string;
  job_title?: string;
  organisation?: string;
  /** RFC 3339, UTC. */
  at?: string;
  /** The narrowest choice, which holds until somebody settles it. */
  applies?: boolean;
}

/** A decision, as it was recorded. It never changes. */
export interface DecisionRecord {
  id: string;
  state: 'current' | 'disputed';
  /** Of records that disagree, the one that holds until somebody settles it. */
  applies?: boolean;
  fields: ViewField[];
  recorded: RecordSignature;
  endorsed?: RecordSignature | null;
  needs_endorsement?: boolean;
}

/** Who put their name to a record. */
export interface RecordSignature {
  by: string;
  job_title: string;
  organisation: string;
  registration?: string | null;
  /** RFC 3339, UTC. */
  at: string;
}

/** One value of a section, or what stands in its place where there is no agreed one. */
export type ViewField = ViewLeaf | ViewGroup | ViewList | ViewRecords | ViewContested;

type LeafType = 'text' | 'line' | 'coded' | 'yes-no' | 'integer' | 'decimal' | 'date' | 'phone';

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
  if (!areContenders(value['contenders'], depth)) return false;
  const leaf = LEAF_TYPES.has(value['type'] as string);
  if (!leaf && value['type'] !== 'group' && value['type'] !== 'list') return false;
  if (leaf && typeof value['display'] === 'string') return true;
  if (value['type'] === 'group' && 'fields' in value) return areFields(value['fields'], depth + 1);
  if (value['type'] === 'list' && 'items' in value) return areItems(value['items'], depth);
  if (value['type'] === 'list' && 'records' in value) return areRecords(value['records'], depth);
  return value['disputed'] === true && Array.isArray(value['contenders']) && value['contenders'].length > 0;
}

function areItems(value: unknown, depth: number): boolean {
  const isItem = (item: unknown) =>
    isRecord(item) &&
    areStrings(item, ['id']) &&
    areFields(item['fields'], depth + 1) &&
    areContenders(item['contenders'], depth);
  return Array.isArray(value) && value.every(isItem);
}

function areContenders(value: unknown, depth: number): boolean {
  if (value === undefined) return true;
  const isContender = (one: unknown) =>
    isRecord(one) &&
    areStrings(one, ['display']) &&
    (one['fields'] === undefined || areFields(one['fields'], depth + 1));
  return Array.isArray(value) && value.every(isContender);
}

function areRecords(value: unknown, depth: number): boolean {
  const isSignature = (one: unknown) =>
    isRecord(one) && areStrings(one, ['by', 'job_title', 'organisation', 'at']);
  const isOne = (one: unknown) =>
    isRecord(one) &&
    areStrings(one, ['id', 'state']) &&
    areFields(one['fields'], depth + 1) &&
    isSignature(one['recorded']) &&
    (one['endorsed'] == null || isSignature(one['endorsed']));
  return Array.isArray(value) && value.every(isOne);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areStrings(value: Record<string, unknown>, keys: string[]): boolean {
  return keys.every((key) => typeof value[key] === 'string');
}
