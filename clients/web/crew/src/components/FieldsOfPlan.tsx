/**
 * Fields as a crew reads them: short facts in a row, prose in a block, a telephone number as a thing to press.
 *
 * INVARIANT: values that people disagree about stand side by side, alike, and none looks like the current one.
 */
import { telephoneLink, type ListItem, type ViewField, type ViewLeaf } from '@coplan/care-plan/plan';
import type { ComponentChildren } from 'preact';
import { Icon } from './Icon';

interface Props {
  fields: ViewField[];
  /** `fields`: one below the other. `pairs`: as many to a line as fit, for the parts of one thing. */
  as: 'fields' | 'pairs';
}

export function FieldsOfPlan({ fields, as }: Props) {
  if (fields.length === 0) return null;
  return (
    <dl class={as}>
      {valuesTogether(fields).map((values) => (
        <Field key={values[0].field} values={values} />
      ))}
    </dl>
  );
}

/** A field with its value, or with all of them where people disagree. */
function Field({ values }: { values: Values }) {
  const [field] = values;
  if (field.disputed) return <Disputed values={values} />;
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
      </Row>
    );
  }
  return (
    <Row kind="block" label={field.label}>
      <Inside of={field} />
    </Row>
  );
}

function Disputed({ values }: { values: Values }) {
  return (
    <Row kind="disputed" label={values[0].label} icon>
      <ul class="disputed">
        {values.map((field, index) => (
          <li key={index}>{'display' in field ? <Value of={field} /> : <Inside of={field} />}</li>
        ))}
      </ul>
      <p class="small">Different people recorded these. None of them is agreed.</p>
    </Row>
  );
}

/** What a group or a list holds. */
function Inside({ of }: { of: Exclude<ViewField, ViewLeaf> }) {
  if (of.type === 'group') return <About fields={of.fields} />;
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

function Value({ of }: { of: ViewLeaf }) {
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

type Values = [ViewField, ...ViewField[]];

/** The values that people disagree about stand one after the other under one field id. */
function valuesTogether(fields: ViewField[]): Values[] {
  const together: Values[] = [];
  for (const field of fields) {
    const last = together.at(-1);
    if (field.disputed && last?.[0].disputed && last[0].field === field.field) last.push(field);
    else together.push([field]);
  }
  return together;
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
  return field.disputed === true || !(field.type === 'yes-no' && field.value === false);
}

/** A step that says "do" or "avoid" and then what; its word stands before it and is marked. */
function stepOf(fields: ViewField[]) {
  const [mark, what, ...rest] = fields;
  if (mark?.type !== 'coded' || (mark.value !== 'do' && mark.value !== 'avoid')) return null;
  if (!what || !('display' in what) || mark.disputed || what.disputed) return null;
  return { mark: mark.value, word: mark.display, what, rest };
}
