import type { Field, ViewField } from '@coplan/care-plan/plan';
import { partKey, type Typed, typedOf } from '../section/formValues';

/** What stands in the boxes of a form for a field as it was published. */
export function typedFromView(field: Field, held: ViewField): Typed {
  if ('display' in held) return { [field.id]: typedOf(field, held.value ?? held.display) };
  if (field.type !== 'group' || !('fields' in held)) return {};
  return Object.fromEntries(
    field.parts.flatMap((part) => {
      const value = held.fields.find((one) => one.field === part.id);
      return value && 'display' in value
        ? [[partKey(field, part), typedOf(part, value.value ?? value.display)]]
        : [];
    }),
  );
}
