import { controlId, fieldWords } from '@coplan/care-plan/fields';
import { nameOf } from './itemWords';
import type { Field } from '@coplan/care-plan/plan';
import { type Item, removeItem, type SectionDocument } from '@coplan/care-plan/sync';
import { useState } from 'preact/hooks';
import { Box } from './Box';
import { useDispute } from './disputes';
import { DisputeBox } from './DisputeBox';
import { ReasonForm } from './ReasonForm';
import { WritesHere } from './WhoIsHere';

interface Props {
  document: SectionDocument;
  list: Field;
  id: string;
  item: Item;
  open: boolean;
  onToggle: () => void;
}

/** One thing of a list: what it says, and all its boxes when it is open. */
export function ItemBox({ document, list, id, item, open, onToggle }: Props) {
  const [removing, setRemoving] = useState(false);
  const dispute = useDispute([list.id, id]);
  const card = controlId(document, [list.id, id]);
  const name = nameOf(list, item);
  return (
    <li class={open ? 'thing thing--open' : 'thing'} id={card} tabIndex={-1}>
      <div class="thing__head">
        <h3 class="thing__name" id={`${card}-name`}>
          <bdi>{name}</bdi>
        </h3>
        <button
          class="text-button"
          type="button"
          aria-expanded={open}
          aria-controls={`${card}-boxes`}
          onClick={onToggle}
        >
          {open ? 'Close' : 'Change'}
          <span class="for-ear"> {name}</span>
        </button>
      </div>
      {!open && <WritesHere section={document.section} field={`${list.id}/${id}`} />}
      {!open && <Glance list={list} item={item} name={name} />}
      <div
        id={`${card}-boxes`}
        class="thing__boxes"
        role="group"
        aria-labelledby={`${card}-name`}
        hidden={!open}
      >
        {open &&
          list.items.map((field) => (
            <Box
              key={field.id}
              document={document}
              field={field}
              path={[list.id, id, field.id]}
              stored={item[field.id]}
            />
          ))}
        {open && !removing && (
          <p>
            <button class="text-button" type="button" onClick={() => setRemoving(true)}>
              Take this away<span class="for-ear">: {name}</span>
            </button>
          </p>
        )}
        {open && removing && (
          <ReasonForm
            id={`${card}-reason`}
            label="Why do you take it away?"
            hint="It stays in the history with your reason, and you can put it back."
            yes="Take it away"
            onYes={(reason) => document.change((content) => removeItem(content, list.id, id, reason))}
            onNo={() => setRemoving(false)}
          />
        )}
      </div>
      {dispute && <DisputeBox dispute={dispute} document={document} />}
    </li>
  );
}

/** What a closed thing says beside its name. */
function Glance({ list, item, name }: { list: Field; item: Item; name: string }) {
  const said = list.items
    .map((field) => ({ field, words: fieldWords(field, item[field.id]) }))
    .filter(({ field, words }) => words !== '' && field.type !== 'text' && !name.includes(words));
  if (said.length === 0) return null;
  return (
    <ul class="thing__said">
      {said.map(({ field, words }) => (
        <li key={field.id}>
          <span class="quiet">{field.label}:</span> <bdi>{words}</bdi>
        </li>
      ))}
    </ul>
  );
}
