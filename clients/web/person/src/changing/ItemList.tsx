import { capital, controlId, items } from '@coplan/care-plan/fields';
import type { Field } from '@coplan/care-plan/plan';
import { addItem, type SectionDocument } from '@coplan/care-plan/sync';
import { useContext, useEffect, useState } from 'preact/hooks';
import { DisputesContext } from './disputes';
import { ItemBox } from './ItemBox';
import { PutBack } from './PutBack';

interface Props {
  document: SectionDocument;
  field: Field;
  stored: unknown;
  /** The item to begin with: `goals/<item>`. */
  first: string | undefined;
}

/** A list: each thing in it closed until somebody opens it, and a way to add another. */
export function ItemList({ document, field, stored, first }: Props) {
  const [list, item] = first?.split('/') ?? [];
  const [open, setOpen] = useState<string[]>(list === field.id && item !== undefined ? [item] : []);
  const [added, setAdded] = useState<string>();
  const disputes = useContext(DisputesContext);
  const stands = ([id, one]: ReturnType<typeof items>[number]) =>
    one.removed === undefined || disputes.some(({ path }) => path === `${field.id}.${id}`);
  const all = items(stored);
  const present = all.filter(stands);
  const noun = field.item_name ?? 'one';
  useEffect(() => {
    if (added === undefined) return;
    window.document.getElementById(controlId(document, [field.id, added, field.items[0]?.id ?? '']))?.focus();
    setAdded(undefined);
  }, [added, document, field]);

  const add = () => {
    const id = crypto.randomUUID();
    const texts = field.items.filter(({ type }) => type === 'text').map((sub) => sub.id);
    document.change((content) => addItem(content, field.id, id, texts));
    setOpen((ids) => [...ids, id]);
    setAdded(id);
  };
  const toggle = (id: string) =>
    setOpen((ids) => (ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]));
  const isFull = field.max_items !== null && present.length >= field.max_items;
  return (
    <>
      {present.length > 0 && (
        <ul class="things">
          {present.map(([id, one]) => (
            <ItemBox
              key={id}
              document={document}
              list={field}
              id={id}
              item={one}
              open={open.includes(id)}
              onToggle={() => toggle(id)}
            />
          ))}
        </ul>
      )}
      <PutBack document={document} list={field} removed={all.filter((one) => !stands(one))} />
      {isFull ? (
        <p class="quiet">There is room for no more than {field.max_items} here.</p>
      ) : (
        <button class="button button--plain" type="button" id={controlId(document, [field.id])} onClick={add}>
          Add {article(noun)} {noun}
          <span class="for-ear"> to “{capital(field.label)}”</span>
        </button>
      )}
    </>
  );
}

const article = (noun: string): string => (/^[aeiou]/i.test(noun) ? 'an' : 'a');
