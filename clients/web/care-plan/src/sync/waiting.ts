import * as A from '@automerge/automerge/slim';
import type { SectionContent } from './editing';

/**
 * How many changes the hub has not acknowledged, as people count: a field or an item that is different is one, however
 * many keys were pressed. Never 0 while a single change of the document is not acknowledged.
 *
 * `acknowledged` are heads that the hub reported and this device knows.
 */
export function countWaiting(content: A.Doc<SectionContent>, acknowledged: string[]): number {
  if (A.getChangesMetaSince(content, acknowledged).length === 0) return 0;
  const patches = A.diff(content, acknowledged, A.getHeads(content));
  // What was settled and why goes with the value that settles it.
  const values = patches.filter(({ path }) => path[0] === 'fields');
  const places = new Set(values.map(({ path }) => placeOf(content, path)));
  return Math.max(1, places.size);
}

/** The field of a patch; in a list, the item. */
function placeOf(content: SectionContent, path: A.Prop[]): string {
  const [, field, item] = path.map(String);
  const held: unknown = content.fields[field ?? ''];
  const isList = typeof held === 'object' && held !== null && Object.values(held).some(isItem);
  return isList ? `${field}/${item}` : String(field);
}

const isItem = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof A.ImmutableString);
