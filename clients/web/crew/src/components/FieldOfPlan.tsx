/** A field as a crew reads it: short facts in a row, prose in a block, a telephone number as a thing to press. */
import { telephoneLink, type ListItem, type ViewField, type ViewLeaf } from '@coplan/care-plan/plan';
import { Icon } from './Icon';

/** A row of a `dl`. */
export function FieldOfPlan({ field }: { field: ViewField }) {
  if (field.type === 'list') {
    return (
      <Row kind="block" label={field.label}>
        <ul class="items">
          {underOneHeading(field.items).map(({ heading, items }) => (
            <Items key={items[0]?.id} heading={heading} items={items} />
          ))}
        </ul>
      </Row>
    );
  }
  if (field.type === 'group') {
    const [lead, ...parts] = field.fields;
    return (
      <Row kind="block" label={field.label}>
        {lead && <Lead field={lead} />}
        <Pairs fields={parts} />
      </Row>
    );
  }
  if (field.type === 'yes-no' && field.urgent && field.value === true) {
    return (
      <Row kind="alert" label={field.label} icon>
        {field.display}
      </Row>
    );
  }
  return (
    <Row kind={field.type === 'text' ? 'block' : 'inline'} label={field.label}>
      <Value field={field} />
    </Row>
  );
}

interface RowProps {
  kind: 'inline' | 'block' | 'alert';
  label: string;
  icon?: boolean;
  children: preact.ComponentChildren;
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

/** Items that share what they are about stand under it once: all steps for one situation. */
function Items({ heading, items }: Headed) {
  return (
    <li>
      {heading && <Lead field={heading} />}
      {items.map((item) => {
        const rest = heading ? item.fields.slice(1) : item.fields;
        const step = stepOf(rest);
        return step ? (
          <div key={item.id} class={`step step--${step.mark}`}>
            <Icon of={step.mark === 'do' ? 'tick' : 'cross'} />
            <strong>{step.word}:</strong> <span dir="auto">{step.what.display}</span>
            <Pairs fields={step.rest} />
          </div>
        ) : (
          <Pairs key={item.id} fields={rest} />
        );
      })}
    </li>
  );
}

/** The first of a group's parts or an item's fields: what the rest is about. */
function Lead({ field }: { field: ViewField }) {
  if ('display' in field)
    return (
      <p class="lead">{field.type === 'phone' ? <Value field={field} /> : <bdi>{field.display}</bdi>}</p>
    );
  return <Pairs fields={[field]} />;
}

function Pairs({ fields }: { fields: ViewField[] }) {
  const told = fields.filter((field) => !(field.type === 'yes-no' && field.value === false));
  if (told.length === 0) return null;
  return (
    <dl class="pairs">
      {told.map((field) =>
        'display' in field ? (
          <Row key={field.field} kind="inline" label={field.label}>
            <Value field={field} />
          </Row>
        ) : (
          <FieldOfPlan key={field.field} field={field} />
        ),
      )}
    </dl>
  );
}

function Value({ field }: { field: ViewLeaf }) {
  if (field.type === 'phone') {
    return (
      <a class="call" href={telephoneLink(field.display)}>
        <Icon of="phone" />
        {field.display}
      </a>
    );
  }
  return (
    <span dir="auto" class={field.type === 'text' ? 'prose' : undefined}>
      {field.display}
    </span>
  );
}

interface Headed {
  heading: ViewField | undefined;
  items: ListItem[];
}

function underOneHeading(items: ListItem[]): Headed[] {
  const groups: Headed[] = [];
  for (const item of items) {
    const heading = item.fields[0];
    const last = groups.at(-1);
    if (last && item.fields.length > 1 && sameWords(heading, last.heading)) last.items.push(item);
    else groups.push({ heading, items: [item] });
  }
  return groups;
}

function sameWords(one: ViewField | undefined, other: ViewField | undefined): boolean {
  return !!one && !!other && 'display' in one && 'display' in other && one.display === other.display;
}

/** A step that says "do" or "avoid" and then what; its word stands before it and is marked. */
function stepOf(fields: ViewField[]) {
  const [mark, what, ...rest] = fields;
  if (mark?.type !== 'coded' || (mark.value !== 'do' && mark.value !== 'avoid')) return null;
  if (!what || !('display' in what)) return null;
  return { mark: mark.value, word: mark.display, what, rest };
}
