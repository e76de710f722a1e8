/** How a published plan is read to the person: what of an item leads, what is not worth saying, what is not shown. */
import type { ListItem, PublishedView, ViewField, ViewLeaf } from '@coplan/care-plan/plan';
import type { Plan } from '../api';

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

/** Parts of the plan that others may hold words in and that the person's own view does not show. */
export function notShown({ published_only }: Plan, view: PublishedView | null): string[] {
  const shown = new Set(view?.sections.map(({ section }) => section));
  return published_only.filter(({ section }) => !shown.has(section)).map(({ title }) => title);
}
