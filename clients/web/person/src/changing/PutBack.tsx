import type { Field } from '@coplan/care-plan/plan';
import { type Item, read, restoreItem, type SectionDocument } from '@coplan/care-plan/sync';
import { nameOf } from './itemWords';

/** What was taken away, why, and the way back. */
export function PutBack({
  document,
  list,
  removed,
}: {
  document: SectionDocument;
  list: Field;
  removed: [string, Item][];
}) {
  if (removed.length === 0) return null;
  return (
    <details class="fold">
      <summary>Taken away ({removed.length})</summary>
      <ul class="things">
        {removed.map(([id, item]) => (
          <li class="thing" key={id}>
            <p>
              <bdi>{nameOf(list, item)}</bdi>{' '}
              <span class="quiet">
                “<bdi>{String(read(item.removed) ?? '')}</bdi>”
              </span>
            </p>
            <button
              class="text-button"
              type="button"
              onClick={() => document.change((content) => restoreItem(content, list.id, id))}
            >
              Put it back<span class="for-ear">: {nameOf(list, item)}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
