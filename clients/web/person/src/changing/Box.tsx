/** One field to write in: its name, what belongs there, who is in it, and its box. */
import {
  ChoiceControl,
  controlId,
  DateControl,
  type FieldPlace,
  groupWords,
  LineControl,
  pathKey,
  RADIOS_MAX,
  TextControl,
  useSession,
} from '@coplan/care-plan/fields';
import type { Field } from '@coplan/care-plan/plan';
import type { FieldPath, SectionDocument } from '@coplan/care-plan/sync';
import { useDispute } from './disputes';
import { DisputeBox } from './DisputeBox';
import { ItemList } from './ItemList';
import { isScale, ScaleControl } from './ScaleControl';
import { WritesHere } from './WhoIsHere';

interface Props {
  document: SectionDocument;
  field: Field;
  path: FieldPath;
  stored: unknown;
  /** The field to begin with, where it is in a list. */
  first?: string | undefined;
}

export function Box({ document, field, path, stored, first }: Props) {
  const session = useSession();
  const dispute = useDispute(path);
  const id = controlId(document, path);
  const key = pathKey(path);
  const place: FieldPlace = { document, field, path, stored };
  const isList = field.type === 'list';
  const inItem = path.length > 1;
  return (
    <div
      class={isList ? 'box box--list' : 'box'}
      data-field={key}
      onFocusIn={(event) => {
        const inner = (event.target as Element).closest('[data-field]');
        if (inner === event.currentTarget) session.moveTo(document.section, key);
      }}
      onFocusOut={() => session.moveTo(document.section, null)}
    >
      <Label field={field} id={id} inItem={inItem} />
      {field.help && (
        <p class="quiet" id={`${id}-help`}>
          {field.help}
        </p>
      )}
      {!isList && <WritesHere section={document.section} field={key} />}
      {dispute ? (
        <DisputeBox dispute={dispute} document={document} />
      ) : (
        <Control place={place} first={first} describedBy={field.help ? `${id}-help` : undefined} />
      )}
    </div>
  );
}

function Label({ field, id, inItem }: { field: Field; id: string; inItem: boolean }) {
  const Heading = inItem ? 'h4' : 'h2';
  return hasOneBox(field) ? (
    <label class={inItem ? 'box__label' : 'box__label box__label--top'} for={id} id={`${id}-label`}>
      {field.label}
    </label>
  ) : (
    <Heading class={inItem ? 'box__label' : 'box__label box__label--top'} id={`${id}-label`}>
      {field.label}
    </Heading>
  );
}

/** Whether there is one box that the label names; choices, dates and lists are groups of several. */
function hasOneBox(field: Field): boolean {
  if (isScale(field)) return false;
  return (
    ['text', 'line', 'phone', 'integer', 'decimal'].includes(field.type) ||
    (field.type === 'coded' && field.codes.length > RADIOS_MAX)
  );
}

function Control({
  place,
  first,
  describedBy,
}: {
  place: FieldPlace;
  first: string | undefined;
  describedBy: string | undefined;
}) {
  const { field, stored, document } = place;
  if (isScale(field)) return <ScaleControl {...place} describedBy={describedBy} />;
  switch (field.type) {
    case 'text':
      return <TextControl {...place} describedBy={describedBy} />;
    case 'coded':
    case 'yes-no':
      return <ChoiceControl {...place} describedBy={describedBy} />;
    case 'date':
      return <DateControl {...place} describedBy={describedBy} />;
    case 'list':
      return <ItemList document={document} field={field} stored={stored} first={first} />;
    case 'group':
      return (
        <p>
          <bdi>{groupWords(field, stored) || 'Nothing yet'}</bdi>{' '}
          <span class="quiet">Your care team can change this with you.</span>
        </p>
      );
    default:
      return <LineControl {...place} describedBy={describedBy} />;
  }
}
