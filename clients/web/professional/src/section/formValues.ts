/** Forms that are saved as a whole: what is typed for each value, and what it comes to. */
import { read, type Value } from '@coplan/care-plan/sync';
import type { Field } from '@coplan/care-plan/plan';
import { dateParts, type Parsed, parseDate, parseInput, typedForm } from '@coplan/care-plan/fields';

/** What is typed, by field; for a part of a group by `group.part`. */
export type Typed = Record<string, string>;
/** Faults in words that follow a label, by the same keys. */
export type Faults = Record<string, string>;
/** Values by field; a group's by its parts. */
export type Values = Record<string, Value | Record<string, Value>>;

/** The key of a part of a group in `Typed`. */
export const partKey = (group: Field, part: Field): string => `${group.id}.${part.id}`;

/** What stands in the box for a stored scalar. */
export function typedOf(field: Field, stored: unknown): string {
  if (field.type !== 'date' || read(stored) === undefined) return typedForm(stored);
  const { day, month, year } = dateParts(stored);
  return `${day}/${month}/${year}`;
}

/** What stands in the boxes of a form for what a document holds at a field. */
export function typedStored(field: Field, stored: unknown): Typed {
  if (field.type === 'list') return {};
  if (field.type !== 'group') return { [field.id]: typedOf(field, stored) };
  const parts = (stored ?? {}) as Record<string, unknown>;
  return Object.fromEntries(field.parts.map((part) => [partKey(field, part), typedOf(part, parts[part.id])]));
}

/** The same for an item of a list. */
export const typedItem = (list: Field, item: Record<string, unknown>): Typed =>
  Object.assign({}, ...list.items.map((field) => typedStored(field, item[field.id]))) as Typed;

/** Whether a field is asked for, given what is typed beside it. One with a condition is asked for only when it holds. */
export function isAskedFor(field: Field, typed: Typed): boolean {
  const { required_if: condition } = field;
  return !condition || condition.is.includes(conditionWord(typed[condition.field] ?? ''));
}

/** A yes or no as conditions have it. */
const conditionWord = (typed: string): string => ({ true: 'yes', false: 'no' })[typed] ?? typed;

/** Whether a field must be filled in, given what is typed beside it. */
export const isRequired = (field: Field, typed: Typed): boolean =>
  field.required || (field.required_if !== undefined && isAskedFor(field, typed));

/** Reads a whole form. What is not asked for is left out. */
export function parseForm(fields: Field[], typed: Typed): { values: Values; faults: Faults } {
  const values: Values = {};
  const faults: Faults = {};
  for (const field of fields.filter((one) => isAskedFor(one, typed))) {
    if (field.type === 'group') {
      const parts = parseGroup(field, typed, isRequired(field, typed), faults);
      if (parts) values[field.id] = parts;
      continue;
    }
    const parsed = parseTyped(field, typed[field.id] ?? '');
    if ('fault' in parsed) faults[field.id] = parsed.fault;
    else if ('value' in parsed) values[field.id] = parsed.value;
    else if (isRequired(field, typed)) faults[field.id] = mustBe(field);
  }
  return { values, faults };
}

function parseGroup(
  group: Field,
  typed: Typed,
  required: boolean,
  faults: Faults,
): Record<string, Value> | undefined {
  const parts: Record<string, Value> = {};
  const begun = group.parts.some((part) => (typed[partKey(group, part)] ?? '').trim() !== '');
  if (!begun && !required) return undefined;
  for (const part of group.parts) {
    const key = partKey(group, part);
    const parsed = parseTyped(part, typed[key] ?? '');
    if ('fault' in parsed) faults[key] = parsed.fault;
    else if ('value' in parsed) parts[part.id] = parsed.value;
    else if (part.required) faults[key] = mustBe(part);
  }
  return parts;
}

const mustBe = (field: Field): string =>
  field.type === 'coded' || field.type === 'yes-no' ? 'must be chosen' : 'must be filled in';

/** Reads what was typed for one value. */
export function parseTyped(field: Field, text: string): Parsed {
  if (text.trim() === '') return { cleared: true };
  if (field.type === 'yes-no') return { value: text === 'true' };
  if (field.type === 'coded') return { value: text };
  if (field.type === 'text') return { value: text.trim() };
  if (field.type !== 'date') return parseInput(field, text);
  const [day = '', month = '', year = ''] = text.trim().split(/[/.\s-]+/);
  return parseDate({ day, month, year });
}
