import { fieldWords, itemName } from '@coplan/care-plan/fields';
import type { Field } from '@coplan/care-plan/plan';
import type { Item } from '@coplan/care-plan/sync';

/** What a thing of a list is called: the first thing that is asked about it, in the writer's words. */
export function nameOf(list: Field, item: Item): string {
  const [first] = list.items;
  return (first && fieldWords(first, item[first.id])) || itemName(list, item);
}
