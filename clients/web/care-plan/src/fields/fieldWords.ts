import { type Field, formatDate } from '../plan';
import { type Item, read, type Value } from '../sync';

/** What a single value says to people: the choice's words, Yes or No, a date written out, a number with its unit. */
export function valueWords(field: Field, value: Value | undefined): string {
  if (value === undefined) return '';
  switch (field.type) {
    case 'coded':
      return field.codes.find((code) => code.code === value)?.display ?? `Code ${String(value)}`;
    case 'yes-no':
      return value === true ? 'Yes' : 'No';
    case 'date':
      return formatDate(String(value));
    case 'integer':
    case 'decimal':
      return field.unit ? `${value} ${field.unit}` : String(value);
    default:
      return String(value);
  }
}

/** What a field holds, in words: a group's parts after one another, a list as how many items it has. */
export function fieldWords(field: Field, stored: unknown): string {
  if (field.type === 'group') return groupWords(field, stored);
  if (field.type === 'list') {
    const left = items(stored).filter(([, item]) => item.removed === undefined).length;
    return left === 0
      ? ''
      : `${left} ${left === 1 ? (field.item_name ?? 'item') : `${field.item_name ?? 'item'}s`}`;
  }
  return valueWords(field, read(stored));
}

/** A group's parts that hold something: `Morphine, 10 mg, by mouth`. */
export function groupWords(field: Field, stored: unknown): string {
  const parts = (stored ?? {}) as Record<string, unknown>;
  return field.parts
    .map((part) => valueWords(part, read(parts[part.id])))
    .filter(Boolean)
    .join(', ');
}

/** A list's items in their order, removed ones too. */
export function items(stored: unknown): [id: string, item: Item][] {
  const all = Object.entries((stored ?? {}) as Record<string, Item>);
  return all.sort(
    ([a, one], [b, other]) => (Number(one.order) || 0) - (Number(other.order) || 0) || (a < b ? -1 : 1),
  );
}

/** What an item is called: its first two fields that hold something short, or the beginning of what it says. */
export function itemName(list: Field, item: Item): string {
  const named = namingFields(list, item).map((field) => valueWords(field, read(item[field.id])));
  if (named.length > 0) return named.join(', ');
  const first = list.items.map((field) => fieldWords(field, item[field.id])).find(Boolean);
  if (!first) return `${capital(list.item_name ?? 'item')} with no name yet`;
  return first.length > ITEM_NAME_CHARS_MAX ? `${first.slice(0, ITEM_NAME_CHARS_MAX).trimEnd()}…` : first;
}

/** The fields whose values name an item. */
export function namingFields(list: Field, item: Item): Field[] {
  const named = list.items.filter(({ id }) => id !== 'record_source' && id !== 'record_date');
  const short = named.filter((field) => {
    const words =
      field.type === 'group' || field.type === 'yes-no' ? '' : valueWords(field, read(item[field.id]));
    return words !== '' && words.length <= ITEM_NAME_CHARS_MAX;
  });
  return short.slice(0, 2);
}

/** `contact` as the first word of a label. */
export const capital = (word: string): string => word.charAt(0).toLocaleUpperCase('en-GB') + word.slice(1);

/** Longer than this is prose, not a name. */
const ITEM_NAME_CHARS_MAX = 60;
