import { claims, colour, type FieldPath, type SectionDocument } from '@coplan/care-plan/sync';
import { useState } from 'preact/hooks';
import type { Field } from '@coplan/care-plan/plan';
import { AuthorMark } from '../history/AuthorMark';
import { focusedField } from '../history/focusedField';
import { useOpenPlan } from '../openPlan';
import { isEmpty } from '../signing/missing';
import { Disputed } from '../disputes/Disputed';
import { useDispute } from '../disputes/DisputesContext';
import { AlsoEntered } from './AlsoEntered';
import {
  ChoiceControl,
  controlId,
  DateControl,
  type FieldPlace,
  LineControl,
  pathKey,
  TextControl,
} from '@coplan/care-plan/fields';
import { GroupControl } from './GroupControl';
import { ListControl } from './ListControl';
import { PresentPeople, usePresentAt } from './PresentAt';

interface FieldBlockProps {
  document: SectionDocument;
  field: Field;
  path: FieldPath;
  stored: unknown;
  /** Rank of the label where it is a heading. */
  level?: 3 | 5;
}

/** One field to be changed: its label, help on demand, who is there, what is disputed, and its control. */
export function FieldBlock({ document, field, path, stored, level = 3 }: FieldBlockProps) {
  const { session, plan } = useOpenPlan();
  const present = usePresentAt(document.section, path);
  const id = controlId(document, path);
  const key = pathKey(path);
  const { content } = document.state.value;
  const dispute = useDispute(path);
  const harmless = content && field.merge !== 'C!' && isRegister(field) ? claims(content, path) : undefined;
  const signed = plan.sections.some((one) => one.section === document.section && one.sign_off !== 'none');
  const needed =
    !field.required || !isEmpty(field, stored) ? undefined : signed ? 'needed to sign' : 'needed';
  const first = field.type === 'list' ? undefined : present[0];
  const edge = first ? `field--with-${colour(first.user)}` : '';
  const place: FieldPlace = { document, field, path, stored };
  return (
    <div
      class={`field field--${field.type} ${edge} ${dispute ? 'field--disputed' : ''}`}
      data-field={key}
      onFocusIn={(event) => {
        if (
          field.type === 'list' &&
          (event.target as Element).closest('[data-field]') !== event.currentTarget
        )
          return;
        session.moveTo(document.section, key);
        focusedField.set({ section: document.section, path: path.join('.'), label: field.label });
      }}
      onFocusOut={() => session.moveTo(document.section, null)}
    >
      <FieldLabel field={field} id={id} level={level} needed={needed}>
        {field.type !== 'list' && <PresentPeople present={present} />}
      </FieldLabel>
      {dispute ? <Disputed dispute={dispute} field={field} document={document} /> : <Control place={place} />}
      {!dispute && field.type !== 'list' && <AuthorMark path={path} />}
      {harmless && <AlsoEntered field={field} claims={harmless} stored={stored} />}
    </div>
  );
}

function isRegister(field: Field): boolean {
  return field.type !== 'text' && field.type !== 'list';
}

function Control({ place }: { place: FieldPlace }) {
  const { field, document, path } = place;
  const describedBy = field.help ? `${controlId(document, path)}-help` : undefined;
  switch (field.type) {
    case 'text':
      return <TextControl {...place} describedBy={describedBy} />;
    case 'coded':
    case 'yes-no':
      return <ChoiceControl {...place} describedBy={describedBy} />;
    case 'date':
      return <DateControl {...place} describedBy={describedBy} />;
    case 'group':
      return <GroupControl {...place} />;
    case 'list':
      return <ListControl {...place} />;
    default:
      return <LineControl {...place} describedBy={describedBy} />;
  }
}

interface FieldLabelProps {
  field: Field;
  id: string;
  level: 3 | 5;
  /** Why it must be filled in, while it is empty. */
  needed: string | undefined;
  children: preact.ComponentChildren;
}

function FieldLabel({ field, id, level, needed, children }: FieldLabelProps) {
  const [helping, setHelping] = useState(false);
  const single =
    ['text', 'line', 'phone', 'integer', 'decimal'].includes(field.type) ||
    (field.type === 'coded' && field.codes.length > 4);
  const Heading = `h${level}` as 'h3' | 'h5';
  const words = (
    <>
      {field.label}
      {needed && <span class="field__required"> {needed}</span>}
    </>
  );
  return (
    <div class="field__label-row">
      <div class="field__label-line">
        {single ? (
          <label class="field__label" for={id} id={`${id}-label`}>
            {words}
          </label>
        ) : (
          <Heading class="field__label" id={`${id}-label`}>
            {words}
          </Heading>
        )}
        {field.help && (
          <button
            class="help-button"
            type="button"
            aria-expanded={helping}
            aria-controls={`${id}-help`}
            onClick={() => setHelping(!helping)}
          >
            <span aria-hidden="true">?</span>
            <span class="nhsuk-u-visually-hidden">Help with {field.label}</span>
          </button>
        )}
      </div>
      {children}
      {field.help && (
        <p class="field__help" id={`${id}-help`} hidden={!helping}>
          {field.help}
        </p>
      )}
    </div>
  );
}
