import { type Item, removeItem, type SectionDocument } from '@coplan/care-plan/sync';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Field } from '../definition';
import { itemName } from '../fieldWords';
import { FieldBlock } from './FieldBlock';
import { ItemSummary } from './ItemSummary';
import { controlId } from './place';
import { PresentAt } from './PresentAt';

interface ItemCardProps {
  document: SectionDocument;
  list: Field;
  id: string;
  item: Item;
  open: boolean;
  onToggle: () => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
}

/** Longest reason for a removal, as the server has it. */
const REASON_CHARS_MAX = 500;

/** One item of a list: what it says at a glance, and all its fields when it is open. */
export function ItemCard({ document, list, id, item, open, onToggle, onUp, onDown }: ItemCardProps) {
  const [removing, setRemoving] = useState(false);
  const card = controlId(document, [list.id, id]);
  const name = itemName(list, item);
  const hidden = <span class="nhsuk-u-visually-hidden"> {name}</span>;
  return (
    <li class={`item ${open ? 'item--open' : ''}`}>
      <div class="item__head">
        <h4 class="item__name" id={`${card}-name`}>
          {name}
        </h4>
        {!open && <PresentAt section={document.section} within={[list.id, id]} />}
        <button
          class="link-button"
          type="button"
          aria-expanded={open}
          aria-controls={card}
          onClick={onToggle}
        >
          {open ? 'Close' : 'Change'}
          {hidden}
        </button>
      </div>
      <div id={card} role="group" aria-labelledby={`${card}-name`}>
        {open ? (
          list.items.map((field) => (
            <FieldBlock
              key={field.id}
              document={document}
              field={field}
              path={[list.id, id, field.id]}
              stored={item[field.id]}
              level={5}
            />
          ))
        ) : (
          <ItemSummary list={list} item={item} />
        )}
      </div>
      {open && (
        <div class="item__actions">
          {onUp && (
            <button class="link-button" type="button" onClick={onUp}>
              Move up{hidden}
            </button>
          )}
          {onDown && (
            <button class="link-button" type="button" onClick={onDown}>
              Move down{hidden}
            </button>
          )}
          {!removing && (
            <button class="link-button link-button--remove" type="button" onClick={() => setRemoving(true)}>
              Remove{hidden}
            </button>
          )}
        </div>
      )}
      {open && removing && (
        <RemovalForm
          id={`${card}-reason`}
          noun={list.item_name ?? 'item'}
          onCancel={() => setRemoving(false)}
          onRemove={(reason) => document.change((content) => removeItem(content, list.id, id, reason))}
        />
      )}
    </li>
  );
}

function RemovalForm(props: {
  id: string;
  noun: string;
  onRemove: (reason: string) => void;
  onCancel: () => void;
}) {
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const words = reason.replace(/\s+/g, ' ').trim();
    if (words) return props.onRemove(words);
    setFault(true);
    box.current?.focus();
  };
  return (
    <form
      class="removal"
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && props.onCancel()}
      noValidate
    >
      <label class="nhsuk-label" for={props.id}>
        Why is this {props.noun} removed?
      </label>
      <div class="nhsuk-hint" id={`${props.id}-hint`}>
        It stays in the history with your reason, and can be put back.
      </div>
      {fault && (
        <span class="nhsuk-error-message" id={`${props.id}-fault`}>
          <span class="nhsuk-u-visually-hidden">Error:</span> Give a reason
        </span>
      )}
      <input
        class="nhsuk-input"
        id={props.id}
        ref={box}
        maxLength={REASON_CHARS_MAX}
        aria-describedby={`${props.id}-hint ${fault ? `${props.id}-fault` : ''}`}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <div class="group__actions">
        <button class="nhsuk-button nhsuk-button--warning nhsuk-button--small" type="submit">
          Remove {props.noun}
        </button>
        <button class="link-button" type="button" onClick={props.onCancel}>
          Keep it
        </button>
      </div>
    </form>
  );
}
