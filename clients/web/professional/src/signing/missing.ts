import { read } from '@coplan/care-plan/sync';
import type { Field, Section } from '@coplan/care-plan/plan';
import { fieldWords, itemName, items } from '@coplan/care-plan/fields';

/** Labels of what a section must hold before it can be signed, and does not. */
export function missingRequired(section: Section, fields: Record<string, unknown>): string[] {
  return section.fields.flatMap((field) => missingIn(field, fields[field.id], field.label, fields));
}

function missingIn(field: Field, stored: unknown, label: string, beside: Record<string, unknown>): string[] {
  if (isEmpty(field, stored)) return isNeeded(field, beside) ? [label] : [];
  if (field.type === 'list') {
    return items(stored)
      .filter(([, item]) => item.removed === undefined)
      .flatMap(([, item]) =>
        field.items.flatMap((sub) =>
          missingIn(sub, item[sub.id], `${label}: ${itemName(field, item)}: ${sub.label}`, item),
        ),
      );
  }
  if (field.type !== 'group') return [];
  const parts = stored as Record<string, unknown>;
  return field.parts
    .filter((part) => part.required && read(parts[part.id]) === undefined)
    .map((part) => `${label}: ${part.label}`);
}

/** Whether a field must hold something, given what stands beside it. */
function isNeeded(field: Field, beside: Record<string, unknown>): boolean {
  const { required_if: condition } = field;
  if (field.required || !condition) return field.required;
  const said = read(beside[condition.field]);
  return condition.is.includes(said === true ? 'yes' : said === false ? 'no' : String(said ?? ''));
}

/** Whether a field holds nothing: no value, an empty text, a list without items that stand. */
export function isEmpty(field: Field, stored: unknown): boolean {
  return fieldWords(field, stored).trim() === '';
}
