import { addItem, type Item, placeItem } from '@coplan/care-plan/sync';
import { useContext, useEffect, useState } from 'preact/hooks';
import { DisputesContext } from '../disputes/DisputesContext';
import { capital, controlId, type FieldPlace, items } from '@coplan/care-plan/fields';
import { ItemCard } from './ItemCard';
import { RemovedItems } from './RemovedItems';

/** A list: its items as cards in their order, to be opened, moved and removed; a new one opens by itself. */
export function ListControl({ document, field, stored }: FieldPlace) {
  const [opened, setOpened] = useState<string[]>([]);
  const [added, setAdded] = useState<string>();
  const all = items(stored);
  const disputes = useContext(DisputesContext);
  const stands = ([id, item]: [string, Item]) =>
    item.removed === undefined || disputes.some(({ path }) => path === `${field.id}.${id}`);
  const present = all.filter(stands);
  const removed = all.filter((one) => !stands(one));
  const noun = field.item_name ?? 'item';
  const full = field.max_items !== null && present.length >= field.max_items;
  useEffect(() => {
    if (!added) return;
    const first = field.items[0];
    window.document.getElementById(controlId(document, [field.id, added, first?.id ?? '']))?.focus();
    setAdded(undefined);
  }, [added, document, field]);

  const add = () => {
    const id = crypto.randomUUID();
    const texts = field.items.filter((sub) => sub.type === 'text').map((sub) => sub.id);
    document.change((content) => addItem(content, field.id, id, texts));
    setOpened((open) => [...open, id]);
    setAdded(id);
  };
  const move = (index: number, by: 1 | -1) => {
    const [id] = present[index] as [string, Item];
    const order = between(present, index, by);
    document.change((content) => placeItem(content, field.id, id, order));
  };
  const toggle = (id: string) =>
    setOpened((open) => (open.includes(id) ? open.filter((one) => one !== id) : [...open, id]));

  return (
    <div class="list">
      {present.length === 0 && <p class="nothing">None recorded</p>}
      {present.length > 0 && (
        <ol class="list__items">
          {present.map(([id, item], index) => (
            <ItemCard
              key={id}
              document={document}
              list={field}
              id={id}
              item={item}
              open={opened.includes(id)}
              onToggle={() => toggle(id)}
              onUp={index > 0 ? () => move(index, -1) : undefined}
              onDown={index < present.length - 1 ? () => move(index, 1) : undefined}
            />
          ))}
        </ol>
      )}
      {full ? (
        <p class="quiet">
          This list is full: it holds {field.max_items} {noun}s.
        </p>
      ) : (
        <button
          class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
          type="button"
          id={controlId(document, [field.id])}
          onClick={add}
        >
          Add {article(noun)} {noun}
          {present.length > 0 && <span class="nhsuk-u-visually-hidden"> to {capital(field.label)}</span>}
        </button>
      )}
      {removed.length > 0 && <RemovedItems document={document} list={field} removed={removed} />}
    </div>
  );
}

/** An order between the neighbours where the item goes, so that one move touches one item. */
function between(all: [string, Item][], index: number, by: 1 | -1): number {
  const order = (at: number) => Number(all[at]?.[1].order) || 0;
  const [near, far] = [index + by, index + 2 * by];
  if (far < 0 || far >= all.length) return order(near) + by;
  const middle = (order(near) + order(far)) / 2;
  return middle === order(near) ? order(near) + by / 2 : middle;
}

const article = (noun: string): string => (/^[aeiou]/i.test(noun) ? 'an' : 'a');
