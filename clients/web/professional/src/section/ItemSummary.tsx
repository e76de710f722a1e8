import { type Item, read } from '@coplan/care-plan/sync';
import type { Field } from '@coplan/care-plan/plan';
import { groupWords, namingFields, valueWords } from '@coplan/care-plan/fields';
import { isRecordMark, recordMark } from '../records/recordMark';

/**
 * What an item says at a glance: its fields that hold something, without those that name it, questions answered with
 * No, and `without`, which is shown elsewhere.
 */
export function ItemSummary({ list, item, without = [] }: { list: Field; item: Item; without?: string[] }) {
  const naming = namingFields(list, item);
  const held = list.items
    .filter((field) => !isRecordMark(field) && !naming.includes(field) && !without.includes(field.id))
    .map((field) => ({
      field,
      words:
        field.type === 'group' ? groupWords(field, item[field.id]) : valueWords(field, read(item[field.id])),
    }))
    .filter(({ field, words }) => words !== '' && !(field.type === 'yes-no' && words === 'No'));
  const mark = recordMark(list, item);
  return (
    <>
      {held.length > 0 && <Parts held={held} />}
      {mark && <p class="quiet">{mark}</p>}
    </>
  );
}

function Parts({ held }: { held: { field: Field; words: string }[] }) {
  return (
    <dl class="parts">
      {held.map(({ field, words }) => (
        <div class="parts__row" key={field.id}>
          <dt>{field.label}</dt>
          <dd class="prose">{words}</dd>
        </div>
      ))}
    </dl>
  );
}
