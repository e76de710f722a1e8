import { type Item, read } from '@coplan/care-plan/sync';
import type { Field } from '@coplan/care-plan/plan';
import { valueWords } from '@coplan/care-plan/fields';

/** The fields of an item that an import sets, and nobody types in. */
const MARKS = ['record_source', 'record_date'];

/** Whether a field says where its item is from, so that it stands as a mark and not among what people write. */
export const isRecordMark = (field: Field): boolean => MARKS.includes(field.id);

/** Where an item is from, if an import made it: `from GP record, 21 November 2026`. */
export function recordMark(list: Field, item: Item): string {
  return list.items
    .filter(isRecordMark)
    .map((field) => valueWords(field, read(item[field.id])))
    .filter(Boolean)
    .join(', ');
}
