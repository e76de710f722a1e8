/** How a published plan is read to the person: what of an item leads, and what is not worth saying. */
import type { ListItem, ViewField, ViewLeaf } from '@coplan/care-plan/plan';

/** The first part, where it says in one agreed value what the others are about: a medicine, and then its dose. */
export function leadOf(fields: ViewField[]): ViewLeaf | undefined {
  const [lead] = fields;
  return lead && 'display' in lead && !lead.disputed && lead.type !== 'text' ? lead : undefined;
}

/** What of an item is worth saying: nobody needs "Carer: No". */
export function worthSaying({ fields }: Pick<ListItem, 'fields'>): ViewField[] {
  return fields.filter(
    (field) => field.disputed || !('value' in field && field.type === 'yes-no' && field.value === false),
  );
}
