import { type Item, read, restoreItem, type SectionDocument } from '@coplan/care-plan/sync';
import type { Field } from '@coplan/care-plan/plan';
import { itemName } from '@coplan/care-plan/fields';

interface RemovedItemsProps {
  document: SectionDocument;
  list: Field;
  removed: [id: string, item: Item][];
}

/** What was removed from a list, why, and the way back: nothing is deleted. */
export function RemovedItems({ document, list, removed }: RemovedItemsProps) {
  return (
    <details class="removed">
      <summary>
        {removed.length} removed{' '}
        {removed.length === 1 ? (list.item_name ?? 'item') : `${list.item_name ?? 'item'}s`}
      </summary>
      <ul class="removed__items">
        {removed.map(([id, item]) => (
          <li key={id}>
            <span class="removed__name">{itemName(list, item)}</span>
            <span class="removed__reason">
              Removed because: {String(read(item.removed) ?? 'no reason given')}
            </span>
            {document.writable && (
              <button
                class="link-button"
                type="button"
                onClick={() => document.change((content) => restoreItem(content, list.id, id))}
              >
                Put back<span class="nhsuk-u-visually-hidden"> {itemName(list, item)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
