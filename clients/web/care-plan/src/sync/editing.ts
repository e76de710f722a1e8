/**
 * Every way in which a page changes a section's document.
 *
 * What the guard of the hub demands stands here and nowhere else: text is only spliced, never assigned; every other
 * value is a scalar, and to clear it is to delete its key; a group is made whole in one change; an item is never
 * deleted, but marked as removed with a reason; `meta` is the server's.
 */
import { ImmutableString, updateText } from '@automerge/automerge/slim';

/** A scalar as a document holds it. Short strings are `ImmutableString`s, so that they never merge by character. */
export type Scalar = ImmutableString | number | boolean;
/** A scalar as a page handles it. */
export type Value = string | number | boolean;
/** A group: scalars by part. */
export type Group = Record<string, Scalar>;
/** An item of a list. */
export interface Item {
  order?: number;
  removed?: ImmutableString;
  [field: string]: unknown;
}
/** A section's document. */
export interface SectionContent {
  meta: { section: unknown; definition: unknown };
  fields: Record<string, unknown>;
  /** What was settled and why, by an id each. The server made the map. */
  settled?: Record<string, { path: unknown; reason: unknown }>;
}

/** Where a value stands: `[field]`, or `[list, item, field]`. */
export type FieldPath = readonly [string] | readonly [string, string, string];

type Holder = Record<string, unknown>;

/** The map that holds the value at `path`. */
function holder(content: SectionContent, path: FieldPath): Holder | undefined {
  if (path.length === 1) return content.fields;
  const list = content.fields[path[0]] as Record<string, Holder> | undefined;
  return list?.[path[1]];
}

const key = (path: FieldPath): string => path[path.length - 1] as string;

/** Writes a scalar. */
export function setScalar(content: SectionContent, path: FieldPath, value: Value): void {
  const map = holder(content, path);
  if (map) map[key(path)] = stored(value);
}

/** Clears a scalar or a group. */
export function clear(content: SectionContent, path: FieldPath): void {
  const map = holder(content, path);
  if (map && key(path) in map) delete map[key(path)];
}

/** Makes a group whole, in place of what stood there. */
export function setGroup(content: SectionContent, path: FieldPath, parts: Record<string, Value>): void {
  const map = holder(content, path);
  if (map)
    map[key(path)] = Object.fromEntries(Object.entries(parts).map(([id, value]) => [id, stored(value)]));
}

/** Changes a text to read `text`, as the fewest splices. Control characters, which paste brings, are left out. */
export function setText(content: SectionContent, path: FieldPath, text: string): void {
  updateText(content, ['fields', ...path], withoutControls(text));
}

/** A text without control characters other than tabs and line breaks. */
export function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '');
}

/** Adds an item at the end of a list, with an empty text for each of its collaborative texts. The server made the list. */
export function addItem(content: SectionContent, list: string, item: string, textFields: string[]): void {
  const items = content.fields[list] as Record<string, Item> | undefined;
  if (!items) return;
  const last = Math.max(0, ...Object.values(items).map((other) => Number(other.order) || 0));
  const texts = Object.fromEntries(textFields.map((field) => [field, '']));
  items[item] = { order: Math.floor(last) + 1, ...texts };
}

/** Gives an item its place in its list. */
export function placeItem(content: SectionContent, list: string, item: string, order: number): void {
  const found = itemOf(content, list, item);
  if (found) found.order = order;
}

/** Marks an item as removed. It stays in the document, with the reason. */
export function removeItem(content: SectionContent, list: string, item: string, reason: string): void {
  const found = itemOf(content, list, item);
  if (found) found.removed = new ImmutableString(reason);
}

/** Takes a removal back. */
export function restoreItem(content: SectionContent, list: string, item: string): void {
  const found = itemOf(content, list, item);
  if (found && 'removed' in found) delete found.removed;
}

/**
 * Says, in the change that settles a disagreement, where it stood and why it ends so. Call it in the same change that
 * writes the value; `path` leads to a field, an item's field, or an item that was edited and removed.
 */
export function noteSettled(content: SectionContent, path: readonly string[], reason: string): void {
  if (!content.settled) return;
  content.settled[crypto.randomUUID()] = {
    path: new ImmutableString(path.join('.')),
    reason: new ImmutableString(reason),
  };
}

function itemOf(content: SectionContent, list: string, item: string): Item | undefined {
  return (content.fields[list] as Record<string, Item> | undefined)?.[item];
}

const stored = (value: Value): Scalar => (typeof value === 'string' ? new ImmutableString(value) : value);

/** A scalar or a text as a page handles it; nothing for anything else. */
export function read(value: unknown): Value | undefined {
  if (value instanceof ImmutableString) return value.val;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return undefined;
}
