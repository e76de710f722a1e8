/**
 * Fields of a plan in plain words, one below the other.
 *
 * INVARIANT: values that people disagree about stand side by side, alike, and none looks like the agreed one.
 */
import {
  formatMoment,
  telephoneLink,
  type Contender,
  type ListItem,
  type ViewField,
  type ViewLeaf,
} from '@coplan/care-plan/plan';
import { leadOf, worthSaying } from './reading';
import { Records } from './Records';

export function Fields({ fields, parts = false }: { fields: ViewField[]; parts?: boolean }) {
  if (fields.length === 0) return null;
  return (
    <dl class={parts ? 'parts' : 'fields'}>
      {fields.map((field) => (
        <div class={field.disputed ? 'field field--disputed' : 'field'} key={field.field}>
          <dt>{field.label}</dt>
          <dd>
            <Inside of={field} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What stands in a field, or all that people say who disagree about it. */
export function Inside({ of }: { of: ViewField }) {
  if ('records' in of) return <Records of={of.records} />;
  const agreed = 'display' in of || 'fields' in of || 'items' in of;
  if (!of.disputed) return agreed ? <Content of={of} /> : null;
  return (
    <>
      {agreed && (
        <div class="before">
          <p class="quiet">This was signed before people disagreed:</p>
          <Content of={of} />
        </div>
      )}
      <Contenders of={of.contenders ?? []} />
    </>
  );
}

function Content({ of }: { of: ViewField }) {
  if ('display' in of) return <Value of={of} />;
  if ('items' in of) return <Items of={of.items} />;
  return 'fields' in of ? <Parts fields={of.fields} /> : null;
}

function Items({ of }: { of: ListItem[] }) {
  return (
    <ul class="items">
      {of.map((item) => (
        <li class={item.disputed ? 'item field--disputed' : 'item'} key={item.id}>
          <Parts fields={worthSaying(item)} />
          <ItemDispute item={item} />
        </li>
      ))}
    </ul>
  );
}

/** What people disagree about in an item, where they do. */
export function ItemDispute({ item }: { item: ListItem }) {
  return item.disputed ? <Contenders of={item.contenders ?? []} /> : null;
}

/** Parts of one thing under the one that names it. */
export function Parts({ fields }: { fields: ViewField[] }) {
  const lead = leadOf(fields);
  return (
    <>
      {lead && (
        <p class="named">
          <Value of={lead} />
        </p>
      )}
      <Fields fields={lead ? fields.slice(1) : fields} parts />
    </>
  );
}

function Contenders({ of }: { of: Contender[] }) {
  const applies = of.find((one) => one.applies);
  return (
    <>
      <p>
        <strong>People have written different things here. They have not agreed yet.</strong>
      </p>
      <ul class="items">
        {of.map((one, nth) => (
          <li class="item" key={nth}>
            {one.fields ? <Parts fields={one.fields} /> : <bdi>{one.display}</bdi>}
            {one.by && (
              <p class="quiet">
                <bdi>{one.by}</bdi>, {one.job_title}, {one.organisation}
                {one.at && <>, {formatMoment(one.at)}</>}
              </p>
            )}
          </li>
        ))}
      </ul>
      {applies && (
        <p>
          Until they agree, staff keep to: <bdi>{applies.display}</bdi>
        </p>
      )}
    </>
  );
}

/** One value: prose as it was written, a telephone number as a thing to press. */
function Value({ of }: { of: ViewLeaf }) {
  if (of.type === 'phone') {
    return (
      <a class="call" href={telephoneLink(of.display)}>
        {of.display}
      </a>
    );
  }
  return of.type === 'text' ? (
    <span class="prose" dir="auto">
      {of.display}
    </span>
  ) : (
    <bdi>{of.display}</bdi>
  );
}
