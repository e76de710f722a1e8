import { type Item, read } from '@coplan/care-plan/sync';
import type { Field, Section } from '@coplan/care-plan/plan';
import { capital, fieldWords, groupWords, itemName, items, valueWords } from '@coplan/care-plan/fields';

/** One thing that is different, for people to read. */
export interface Change {
  /** The field, and for an item's field the item too. */
  label: string;
  /** The whole change as a phrase: `HbSS, was HbSC`. */
  words: string;
  /** Long texts, to be shown word by word. */
  before?: string;
  after?: string;
}

type Fields = Record<string, unknown>;

/** What is different between two contents of a section, field by field in the order of its definition. */
export function changesInWords(section: Section, before: Fields, after: Fields): Change[] {
  return section.fields.flatMap((field) =>
    field.type === 'list'
      ? listChanges(field, before[field.id], after[field.id])
      : fieldChanges(field, field.label, before[field.id], after[field.id]),
  );
}

function fieldChanges(field: Field, label: string, before: unknown, after: unknown): Change[] {
  if (field.type === 'text') return textChanges(label, String(read(before) ?? ''), String(read(after) ?? ''));
  if (field.type === 'group') return groupChanges(field, label, before, after);
  const [was, is] = [fieldWords(field, before), fieldWords(field, after)];
  return was === is ? [] : [{ label, words: changed(was, is) }];
}

/** Each part that is different, and then the whole, because a group is signed as a whole. */
function groupChanges(group: Field, label: string, before: unknown, after: unknown): Change[] {
  const [was, is] = [groupWords(group, before), groupWords(group, after)];
  if (was === is) return [];
  if (was === '' || is === '') return [{ label, words: changed(was, is) }];
  const part = (stored: unknown, id: string) => read((stored as Fields)[id]);
  const different = group.parts.flatMap((field) => {
    const [old, now] = [valueWords(field, part(before, field.id)), valueWords(field, part(after, field.id))];
    return old === now ? [] : [`${field.label}: ${changed(old, now)}`];
  });
  return [{ label, words: `${different.join('; ')}. In full: ${is}` }];
}

function textChanges(label: string, before: string, after: string): Change[] {
  if (before === after) return [];
  const words = before === '' ? 'written' : after === '' ? 'cleared' : 'changed';
  return [{ label, words, before, after }];
}

function listChanges(list: Field, before: unknown, after: unknown): Change[] {
  const earlier = new Map(items(before));
  const changes = items(after).flatMap(([id, item]) => itemChanges(list, earlier.get(id), item));
  return [...changes, ...orderChanges(list, before, after)];
}

function itemChanges(list: Field, before: Item | undefined, after: Item): Change[] {
  const label = `${list.label}: ${itemName(list, after)}`;
  const [wasThere, isThere] = [
    before !== undefined && before.removed === undefined,
    after.removed === undefined,
  ];
  if (!isThere)
    return wasThere
      ? [{ label, words: `removed, because: ${read(after.removed) ?? 'no reason given'}` }]
      : [];
  if (!before) return [{ label, words: added(list, after) }];
  if (!wasThere) return [{ label, words: 'put back' }];
  return list.items.flatMap((field) =>
    fieldChanges(field, `${label}: ${field.label}`, before[field.id], after[field.id]),
  );
}

/** A new item with all that it says. */
function added(list: Field, item: Item): string {
  const said = list.items
    .map((field) => [
      field.label,
      field.type === 'group' ? groupWords(field, item[field.id]) : valueWords(field, read(item[field.id])),
    ])
    .filter(([, words]) => words)
    .map(([label, words]) => `${label}: ${words}`);
  return said.length > 0 ? `added. ${said.join('; ')}` : 'added, still empty';
}

function orderChanges(list: Field, before: unknown, after: unknown): Change[] {
  const present = (stored: unknown) =>
    items(stored)
      .filter(([, item]) => item.removed === undefined)
      .map(([id]) => id);
  const [was, is] = [present(before), present(after)];
  const both = is.filter((id) => was.includes(id));
  const moved = was.filter((id) => is.includes(id)).some((id, index) => both[index] !== id);
  return moved
    ? [{ label: list.label, words: `${capital(list.item_name ?? 'item')}s are in another order` }]
    : [];
}

function changed(was: string, is: string): string {
  if (was === '') return is;
  if (is === '') return `cleared, was ${was}`;
  return `${is}, was ${was}`;
}
