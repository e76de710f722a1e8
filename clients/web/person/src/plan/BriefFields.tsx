/**
 * Fields in as few lines as their words need: what an item is about in bold, and the rest of it after one another.
 *
 * What people disagree about is never shortened.
 */
import type { DecisionRecord, ListItem, ViewField, ViewLeaf } from '@coplan/care-plan/plan';
import { Fields } from './Fields';
import { worthSaying } from './reading';

export function BriefFields({ fields }: { fields: ViewField[] }) {
  return (
    <dl class="brief">
      {fields.map((field) => (
        <Brief key={field.field} field={field} />
      ))}
    </dl>
  );
}

function Brief({ field }: { field: ViewField }) {
  if (!isAgreed(field)) return <Fields fields={[field]} />;
  const things = thingsIn(field);
  return (
    <div>
      <dt>{field.label}</dt>
      {things.map((words, nth) => (
        <dd key={nth}>
          <bdi>{words.lead && <strong>{words.lead}</strong>}</bdi>
          {words.lead && words.rest && ': '}
          <bdi>{words.rest}</bdi>
        </dd>
      ))}
    </div>
  );
}

/** What is said of one thing: what it is about, and the rest. */
interface Words {
  lead: string;
  rest: string;
}

function thingsIn(field: ViewField): Words[] {
  if ('records' in field) return field.records.map(({ fields }) => wordsOf(fields));
  if ('items' in field) return field.items.map((item) => wordsOf(worthSaying(item)));
  if ('fields' in field) return [wordsOf(field.fields)];
  return 'display' in field ? [{ lead: '', rest: field.display }] : [];
}

function wordsOf(fields: ViewField[]): Words {
  const [first, ...others] = fields.flatMap((field) => {
    if ('display' in field) return [said(field)];
    return thingsIn(field).map(({ lead, rest }) => [lead, rest].filter(Boolean).join(', '));
  });
  return { lead: first ?? '', rest: others.join('. ') };
}

/** A part beside others: a yes is said by what it is a yes to, and a day by what is meant to happen then. */
function said({ type, value, label, display }: ViewLeaf): string {
  if (type === 'yes-no') return value === true ? label : `${label}: ${display}`;
  return type === 'date' ? `${label}: ${display}` : display;
}

/** Whether nothing in it is disputed. */
function isAgreed(field: ViewField): boolean {
  if (field.disputed) return false;
  if ('records' in field) return field.records.every(({ state }: DecisionRecord) => state === 'current');
  if ('items' in field)
    return field.items.every((item: ListItem) => !item.disputed && item.fields.every(isAgreed));
  return 'fields' in field ? field.fields.every(isAgreed) : true;
}
