import { type Item, removeItem, type SectionDocument } from '@coplan/care-plan/sync';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Field } from '@coplan/care-plan/plan';
import { AuthorMark } from '../history/AuthorMark';
import { DisputesContext } from '../disputes/DisputesContext';
import { ItemDispute } from '../disputes/ItemDispute';
import { controlId, itemName } from '@coplan/care-plan/fields';
import { isRecordMark } from '../records/recordMark';
import { FieldBlock } from './FieldBlock';
import { ItemSummary } from './ItemSummary';
import { PresentAt } from './PresentAt';
import { ReasonBox, tidyReason } from './ReasonBox';

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

/** One item of a list: what it says at a glance, and all its fields when it is open. */
export function ItemCard({ document, list, id, item, open, onToggle, onUp, onDown }: ItemCardProps) {
  const [removing, setRemoving] = useState(false);
  const card = controlId(document, [list.id, id]);
  const name = itemName(list, item);
  const disputes = useContext(DisputesContext);
  const within = disputes.filter(({ path }) => `${path}.`.startsWith(`${list.id}.${id}.`));
  const about = within.find(({ path }) => path === `${list.id}.${id}`);
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
          list.items
            .filter((field) => !isRecordMark(field))
            .map((field) => (
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
          <>
            <ItemSummary
              list={list}
              item={item}
              without={within.map(({ path }) => path.split('.')[2] ?? '')}
            />
            {within.map((dispute) => (
              <ItemDispute key={dispute.path} {...{ dispute, list, document }} />
            ))}
            <AuthorMark path={[list.id, id]} />
          </>
        )}
      </div>
      {open && about && <ItemDispute {...{ dispute: about, list, document }} />}
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
  const { id } = props;
  useEffect(() => document.getElementById(id)?.focus(), [id]);
  const submit = (event: Event) => {
    event.preventDefault();
    const words = tidyReason(reason);
    if (words) return props.onRemove(words);
    setFault(true);
    document.getElementById(id)?.focus();
  };
  return (
    <form
      class="removal"
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && props.onCancel()}
      noValidate
    >
      <ReasonBox
        id={props.id}
        label={`Why is this ${props.noun} removed?`}
        hint="It stays in the history with your reason, and can be put back."
        reason={reason}
        fault={fault}
        onType={setReason}
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
