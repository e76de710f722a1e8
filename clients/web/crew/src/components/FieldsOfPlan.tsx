/**
 * Fields as a crew reads them: short facts in a row, prose in a block, a telephone number as a thing to press.
 *
 * INVARIANT: values that people disagree about stand side by side, alike, and none looks like the current one.
 */
import {
  telephoneLink,
  type ListItem,
  type ViewField,
  type ViewGroup,
  type ViewLeaf,
  type ViewList,
} from '@coplan/care-plan/plan';
import type { ComponentChildren } from 'preact';
import { ArrivalClock } from './ArrivalClock';
import { Contenders } from './Contenders';
import { Icon } from './Icon';
import { RecordsOfPlan } from './RecordsOfPlan';

interface Props {
  fields: ViewField[];
  /** `fields`: one below the other. `pairs`: as many to a line as fit, for the parts of one thing. */
  as: 'fields' | 'pairs';
  /** Decisions in short, as the first screen has room for. */
  brief?: boolean;
}

export function FieldsOfPlan({ fields, as, brief = false }: Props) {
  if (fields.length === 0) return null;
  return (
    <dl class={as}>
      {fields.map((field) => (
        <Field key={field.field} field={field} brief={brief} />
      ))}
    </dl>
  );
}

/** A field with its value, or with what people say where they disagree. */
function Field({ field, brief }: { field: ViewField; brief: boolean }) {
  if ('records' in field) {
    return (
      <Row kind={field.disputed ? 'disputed' : 'block'} label={field.label} icon={field.disputed ?? false}>
        <RecordsOfPlan of={field} brief={brief} />
      </Row>
    );
  }
  if (field.disputed) {
    const before = 'display' in field || 'fields' in field || 'items' in field;
    return (
      <Row kind="disputed" label={field.label} icon>
        {before && (
          <div class="was-signed">
            <p class="small">Signed before people disagreed:</p>
            {'display' in field ? <Value of={field} /> : <Inside of={field} />}
          </div>
        )}
        <Contenders of={field.contenders ?? []} />
      </Row>
    );
  }
  if ('display' in field) {
    if (field.type === 'yes-no' && field.urgent && field.value === true) {
      return (
        <Row kind="alert" label={field.label} icon>
          {field.display}
        </Row>
      );
    }
    return (
      <Row kind={field.type === 'text' ? 'block' : 'inline'} label={field.label}>
        <Value of={field} />
        {field.clock && typeof field.value === 'number' && <ArrivalClock minutes={field.value} />}
      </Row>
    );
  }
  if (!('fields' in field) && !('items' in field)) return null;
  return (
    <Row kind="block" label={field.label}>
      <Inside of={field} />
    </Row>
  );
}

/** What a group or a list holds. */
function Inside({ of }: { of: ViewGroup | ViewList }) {
  if ('fields' in of) return <About fields={of.fields} />;
  return (
    <ul class="items">
      {underOneHeading(of.items).map(({ heading, items }) => (
        <li key={items[0]?.id}>
          {heading && <p class="lead">{<Value of={heading} />}</p>}
          {items.map((item) => (
            <ItemUnder key={item.id} heading={heading} item={item} />
          ))}
        </li>
      ))}
    </ul>
  );
}

/** The first of a group's parts says what the others are about: a medicine, and then its dose. */
function About({ fields }: { fields: ViewField[] }) {
  const lead = leadOf(fields);
  return (
    <>
      {lead && (
        <p class="lead">
          <Value of={lead} />
        </p>
      )}
      <FieldsOfPlan fields={lead ? fields.slice(1) : fields} as="pairs" />
    </>
  );
}

function ItemUnder({ heading, item }: { heading: ViewLeaf | undefined; item: ListItem }) {
  const rest = (heading ? item.fields.slice(1) : item.fields).filter(saysSomething);
  const step = stepOf(rest);
  if (item.disputed) {
    return (
      <div class="row row--disputed">
        <FieldsOfPlan fields={rest} as="pairs" />
        <Contenders of={item.contenders ?? []} />
      </div>
    );
  }
  if (!step) return <FieldsOfPlan fields={rest} as="pairs" />;
  return (
    <div class={`step step--${step.mark}`}>
      <Icon of={step.mark === 'do' ? 'tick' : 'cross'} />
      <strong>{step.word}:</strong> <Value of={step.what} />
      <FieldsOfPlan fields={step.rest} as="pairs" />
    </div>
  );
}

interface RowProps {
  kind: 'inline' | 'block' | 'alert' | 'disputed';
  label: string;
  icon?: boolean;
  children: ComponentChildren;
}

function Row({ kind, label, icon, children }: RowProps) {
  return (
    <div class={`row row--${kind}`}>
      <dt>
        {icon && <Icon of="warning" />}
        {label}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Value({ of }: { of: ViewLeaf }) {
  if (of.type === 'phone') {
    return (
      <a class="call" href={telephoneLink(of.display)}>
        <Icon of="phone" />
        {of.display}
      </a>
    );
  }
  return of.type === 'text' ? (
    <p class="prose" dir="auto">
      {of.display}
    </p>
  ) : (
    <bdi>{of.display}</bdi>
  );
}

/** The first field, where it can stand as a heading: one plain value, agreed. */
function leadOf(fields: ViewField[]): ViewLeaf | undefined {
  const [lead] = fields;
  return lead && 'display' in lead && !lead.disputed && lead.type !== 'text' ? lead : undefined;
}

interface Headed {
  heading: ViewLeaf | undefined;
  items: ListItem[];
}

/** Items that share what they are about stand under it once: all steps for one situation. */
function underOneHeading(items: ListItem[]): Headed[] {
  const groups: Headed[] = [];
  for (const item of items) {
    const heading = leadOf(item.fields);
    const last = groups.at(-1);
    const same = heading && last?.heading?.display === heading.display && item.fields.length > 1;
    if (same) last.items.push(item);
    else groups.push({ heading, items: [item] });
  }
  return groups;
}

/** Of an item only what it is, not all that it is not: nobody needs "Carer: No". */
function saysSomething(field: ViewField): boolean {
  return field.disputed === true || !('value' in field && field.type === 'yes-no' && field.value === false);
}

/** A step that says "do" or "avoid" and then what; its word stands before it and is marked. */
function stepOf(fields: ViewField[]) {
  const [mark, what, ...rest] = fields;
  if (!mark || !('value' in mark) || mark.type !== 'coded' || (mark.value !== 'do' && mark.value !== 'avoid'))
    return null;
  if (!what || !('display' in what) || mark.disputed || what.disputed) return null;
  return { mark: mark.value, word: mark.display, what, rest };
}
