import { items } from '@coplan/care-plan/fields';
import type { Field } from '@coplan/care-plan/plan';
import { read } from '@coplan/care-plan/sync';

/** Whether a field holds nothing that anybody would read. */
export function isEmpty(field: Field, stored: unknown): boolean {
  if (field.type === 'list') return items(stored).every(([, item]) => item.removed !== undefined);
  if (field.type === 'group') return stored === undefined;
  const value = read(stored);
  return value === undefined || value === '';
}
