import type { Field } from '@coplan/care-plan/plan';
import { type Faults, parseForm, partKey, type Typed, type Values } from '../section/formValues';
import type { Edit } from './suggestion';

/** What a form comes to: edits to be proposed, or what is wrong with it. */
export interface Proposed {
  edits: Edit[];
  faults: Faults;
}

/** A proposal for one field that is no list. Nothing if it is as it was. */
export function proposeField(field: Field, initial: Typed, typed: Typed): Proposed {
  return differs(field, initial, typed) ? fieldEdit(field, typed) : { edits: [], faults: {} };
}

/** The edit that makes a field hold what is typed. */
function fieldEdit(field: Field, typed: Typed): Proposed {
  const { values, faults } = parseForm([optional(field)], typed);
  if (Object.keys(faults).length > 0) return { edits: [], faults };
  const value = values[field.id];
  const edit = (): Edit => {
    if (field.type === 'text') return { 'set-text': { field: field.id, text: String(value ?? '') } };
    if (value === undefined) return { clear: { field: field.id } };
    if (typeof value === 'object') return { 'set-group': { field: field.id, values: value } };
    return { set: { field: field.id, value } };
  };
  return { edits: [edit()], faults };
}

/** A proposal to add an item to a list. */
export function proposeItem(list: Field, typed: Typed): Proposed {
  const { values, faults } = parseForm(list.items, typed);
  if (Object.keys(faults).length > 0 || Object.keys(values).length === 0) return { edits: [], faults };
  return { edits: [{ 'add-item': { field: list.id, id: crypto.randomUUID(), values } }], faults };
}

/** Proposals for each field of an item that is not as it was. */
export function proposeItemChange(list: Field, item: string, initial: Typed, typed: Typed): Proposed {
  const { values, faults } = parseForm(list.items, typed);
  if (Object.keys(faults).length > 0) return { edits: [], faults };
  const edits = list.items
    .filter((field) => differs(field, initial, typed))
    .map((field) => ({
      'set-item': { field: list.id, item, subfield: field.id, value: values[field.id] ?? null },
    }));
  return { edits, faults };
}

/** The same edit with other values, for whoever accepts it changed. */
export function editWith(edit: Edit, field: Field, typed: Typed): Proposed {
  if ('set-item' in edit) {
    const { subfield } = edit['set-item'];
    const inner = field.items.find(({ id }) => id === subfield);
    if (!inner) return { edits: [], faults: {} };
    const { values, faults } = parseForm([optional(inner)], typed);
    return { edits: [{ 'set-item': { ...edit['set-item'], value: values[subfield] ?? null } }], faults };
  }
  if ('add-item' in edit) {
    const { values, faults } = parseForm(field.items, typed);
    return { edits: [{ 'add-item': { ...edit['add-item'], values } }], faults };
  }
  return fieldEdit(field, typed);
}

/** The fields that the boxes of an edit are for, and what stands in them. */
export function boxesOf(edit: Edit, field: Field): { fields: Field[]; values: Values } {
  if ('set-item' in edit) {
    const { subfield, value } = edit['set-item'];
    const inner = field.items.filter(({ id }) => id === subfield).map(optional);
    return { fields: inner, values: value === null ? {} : { [subfield]: value } };
  }
  if ('add-item' in edit) return { fields: field.items, values: edit['add-item'].values };
  if ('set-text' in edit) return { fields: [optional(field)], values: { [field.id]: edit['set-text'].text } };
  if ('set' in edit) return { fields: [optional(field)], values: { [field.id]: edit.set.value } };
  if ('set-group' in edit)
    return { fields: [optional(field)], values: { [field.id]: edit['set-group'].values } };
  return { fields: [], values: {} };
}

/** A removal has nothing that could be changed. */
export const isEditable = (edit: Edit): boolean => !('remove-item' in edit) && !('clear' in edit);

const optional = (field: Field): Field => ({ ...field, required: false });

function differs(field: Field, initial: Typed, typed: Typed): boolean {
  const keys = field.type === 'group' ? field.parts.map((part) => partKey(field, part)) : [field.id];
  return keys.some((key) => (initial[key] ?? '') !== (typed[key] ?? ''));
}
