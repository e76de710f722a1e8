import type { Field } from '@coplan/care-plan/plan';
import { isRecordMark } from '../records/recordMark';
import { type Faults, isAskedFor, isRequired, partKey, type Typed } from './formValues';
import { ValueBox } from './ValueBox';

interface FormFieldsProps {
  id: string;
  fields: Field[];
  typed: Typed;
  faults: Faults;
  onType: (key: string, text: string) => void;
}

/** The boxes of a form from its definition; a question that depends on another stands there only when it is asked. */
export function FormFields({ id, fields, typed, faults, onType }: FormFieldsProps) {
  return (
    <>
      {fields
        .filter((field) => isAskedFor(field, typed) && !isRecordMark(field))
        .map((field) =>
          field.type === 'group' ? (
            <fieldset class="nhsuk-fieldset form-group" key={field.id}>
              <legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s">
                {field.label}
                {!isRequired(field, typed) && <span class="optional"> (optional)</span>}
              </legend>
              {field.help && <div class="nhsuk-hint">{field.help}</div>}
              {field.parts.map((part) => {
                const key = partKey(field, part);
                return (
                  <ValueBox
                    key={key}
                    id={`${id}.${key}`}
                    field={part}
                    typed={typed[key] ?? ''}
                    fault={faults[key]}
                    onType={(text) => onType(key, text)}
                  />
                );
              })}
            </fieldset>
          ) : (
            <ValueBox
              key={field.id}
              id={`${id}.${field.id}`}
              field={field}
              typed={typed[field.id] ?? ''}
              fault={faults[field.id]}
              required={isRequired(field, typed)}
              onType={(text) => onType(field.id, text)}
            />
          ),
        )}
    </>
  );
}

/** Puts the focus on the first box of a form that has a fault. */
export function focusFirstFault(id: string, faults: Faults): void {
  const [first] = Object.keys(faults);
  requestAnimationFrame(() => document.getElementById(`${id}.${first}`)?.focus());
}
