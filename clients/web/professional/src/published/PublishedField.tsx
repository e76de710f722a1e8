import {
  type Contender,
  type DecisionRecord,
  type Field,
  formatMoment,
  type ListItem,
  type Section,
  type ViewField,
  type ViewList,
} from '@coplan/care-plan/plan';
import { capital } from '@coplan/care-plan/fields';
import type { Typed } from '../section/formValues';
import { SuggestChange, SuggestItemChange } from '../suggestions/SuggestChange';
import { typedFromView } from './typedFromView';

interface PublishedFieldProps {
  field: ViewField;
  /** Its definition, if this device knows it. */
  definition: Field | undefined;
  section: Section;
  maySuggest: boolean;
}

/** One field as it was published: its value, what people say who disagree, its decisions, or its items. */
export function PublishedField({ field, definition, section, maySuggest }: PublishedFieldProps) {
  return (
    <div class="field field--read" data-field={field.field}>
      <h3 class="field__label">{field.label}</h3>
      {field.contenders && <PublishedContenders label={field.label} contenders={field.contenders} />}
      <Said field={field} definition={definition} section={section} maySuggest={maySuggest} />
      {maySuggest && definition && !definition.record && (
        <SuggestChange section={section} field={definition} initial={typedFromView(definition, field)} />
      )}
    </div>
  );
}

function Said({ field, definition, section, maySuggest }: PublishedFieldProps) {
  if ('records' in field) return <Records records={field.records} disputed={field.disputed === true} />;
  if ('items' in field) return <Items {...{ field, definition, section, maySuggest }} />;
  if ('display' in field) return <p class="prose">{field.display}</p>;
  return 'fields' in field ? <Parts fields={field.fields} /> : null;
}

function Parts({ fields }: { fields: ViewField[] }) {
  return (
    <dl class="parts">
      {fields.map((part) => (
        <div class="parts__row" key={part.field}>
          <dt>{part.label}</dt>
          <dd class="prose">{wordsOf(part)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ItemsProps {
  field: ViewList;
  definition: Field | undefined;
  section: Section;
  maySuggest: boolean;
}

function Items({ field, definition, section, maySuggest }: ItemsProps) {
  return (
    <ol class="list__items">
      {field.items.map((item) => (
        <li class="item" key={item.id}>
          <Item item={item} />
          {maySuggest && definition && (
            <SuggestItemChange
              section={section}
              list={definition}
              item={item.id}
              name={nameOf(item)}
              initial={itemTyped(definition, item)}
            />
          )}
        </li>
      ))}
    </ol>
  );
}

function Item({ item }: { item: ListItem }) {
  const [first, ...rest] = item.fields;
  return (
    <>
      <h4 class="item__name">{first ? capital(wordsOf(first)) : 'Nothing recorded'}</h4>
      {item.contenders && <PublishedContenders label={nameOf(item)} contenders={item.contenders} />}
      {rest.length > 0 && <Parts fields={rest} />}
    </>
  );
}

function Records({ records, disputed }: { records: DecisionRecord[]; disputed: boolean }) {
  return (
    <div class={disputed ? 'disputed' : ''}>
      {disputed && (
        <p class="disputed__title">
          <span aria-hidden="true">▲ </span>Disputed: different decisions were recorded, and none is agreed
        </p>
      )}
      <div class={`records ${disputed ? 'disputed__claims' : ''}`}>
        {records.map((record) => {
          const [first, ...rest] = record.fields;
          return (
            <article class={`record record--${record.state}`} key={record.id}>
              <p class="record__headline">{first ? wordsOf(first) : 'Nothing recorded'}</p>
              {record.needs_endorsement && <p class="record__state">In force, not endorsed yet</p>}
              <Parts fields={rest} />
              <p class="record__who">
                Recorded by <strong>{whoOf(record.recorded)}</strong>, {formatMoment(record.recorded.at)}
              </p>
              {record.endorsed && (
                <p class="record__who">
                  Endorsed by <strong>{whoOf(record.endorsed)}</strong>, {formatMoment(record.endorsed.at)}
                </p>
              )}
            </article>
          );
        })}
      </div>
    </div>
  );
}

function PublishedContenders({ label, contenders }: { label: string; contenders: Contender[] }) {
  return (
    <div class="disputed" role="group" aria-label={label}>
      <p class="disputed__title">
        <span aria-hidden="true">▲ </span>Disputed: no agreed value
      </p>
      <ul class="disputed__claims">
        {contenders.map((contender, index) => (
          <li key={`${index} ${contender.display}`}>
            <p class="disputed__value">{contender.display}</p>
            <p class="disputed__who">
              {whoOf(contender)}
              {contender.at && <span class="disputed__when">{formatMoment(contender.at)}</span>}
            </p>
            {contender.applies && <p class="disputed__applies">Applies until it is settled</p>}
          </li>
        ))}
      </ul>
    </div>
  );
}

const whoOf = (one: { by?: string; job_title?: string; organisation?: string }): string =>
  [one.by, one.job_title, one.organisation].filter(Boolean).join(', ');

/** A published value in one line. */
function wordsOf(field: ViewField): string {
  if ('display' in field) return field.display;
  if ('fields' in field) return field.fields.map(wordsOf).filter(Boolean).join(', ');
  if (field.contenders) return `Not agreed: ${field.contenders.map(({ display }) => display).join(' / ')}`;
  return '';
}

const nameOf = (item: ListItem): string => (item.fields[0] ? wordsOf(item.fields[0]) : 'it');

function itemTyped(list: Field, item: ListItem): Typed {
  return Object.assign(
    {},
    ...list.items.map((inner) => {
      const held = item.fields.find(({ field }) => field === inner.id);
      return held ? typedFromView(inner, held) : {};
    }),
  ) as Typed;
}
