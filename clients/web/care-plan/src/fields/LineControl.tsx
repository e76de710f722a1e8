import { type FieldPlace, controlId } from './place';
import { parseInput, typedForm } from './input';
import { fit } from './fit';
import { useDraft } from './useDraft';

const modes = { phone: 'tel', integer: 'numeric', decimal: 'decimal' } as const;

/** A line, a telephone number or a number, in one box. A line grows, so that none of it is hidden. */
export function LineControl({ describedBy, ...place }: FieldPlace & { describedBy?: string | undefined }) {
  const { field, document, path, stored } = place;
  const draft = useDraft(place, typedForm(stored), (typed) => parseInput(field, typed));
  const id = controlId(document, path);
  const isNumber = field.type === 'integer' || field.type === 'decimal';
  const described = [describedBy, draft.fault && `${id}-fault`, draft.overtaken && `${id}-overtaken`]
    .filter(Boolean)
    .join(' ');
  const shared = {
    id,
    autocomplete: 'off',
    maxLength: field.max_chars ?? undefined,
    'aria-describedby': described || undefined,
    'aria-invalid': draft.fault ? true : undefined,
    value: draft.shown,
    onInput: (event: { currentTarget: { value: string } }) => draft.type(event.currentTarget.value),
    onBlur: draft.finish,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        draft.finish();
      }
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      draft.undo();
    },
  } as const;
  return (
    <>
      <FaultAndOvertaken
        id={id}
        label={field.label}
        fault={draft.fault}
        overtaken={draft.overtaken}
        now={typedForm(stored)}
      />
      <div class={isNumber && field.unit ? 'nhsuk-input-wrapper' : ''}>
        {field.type === 'line' ? (
          <textarea
            {...shared}
            class={`nhsuk-textarea quiet-box ${draft.fault ? 'nhsuk-textarea--error' : ''}`}
            ref={(box) => {
              if (box) fit(box);
            }}
            rows={1}
          />
        ) : (
          <input
            {...shared}
            class={`nhsuk-input quiet-box ${isNumber ? 'nhsuk-input--width-5' : ''} ${field.type === 'phone' ? 'quiet-box--phone' : ''} ${draft.fault ? 'nhsuk-input--error' : ''}`}
            type="text"
            inputMode={modes[field.type as keyof typeof modes] ?? 'text'}
          />
        )}
        {isNumber && field.unit && (
          <div class="nhsuk-input-wrapper__suffix" aria-hidden="true">
            {field.unit}
          </div>
        )}
      </div>
    </>
  );
}

/** What is wrong with what I typed, and what somebody else wrote meanwhile. */
export function FaultAndOvertaken(props: {
  id: string;
  label: string;
  fault: string | undefined;
  overtaken: boolean;
  now: string;
}) {
  return (
    <>
      {props.fault && (
        <span class="nhsuk-error-message" id={`${props.id}-fault`}>
          <span class="nhsuk-u-visually-hidden">Error:</span> {props.label} {props.fault}
        </span>
      )}
      {props.overtaken && (
        <span class="quiet-note quiet-note--inline" id={`${props.id}-overtaken`} role="status">
          Somebody else wrote “{props.now || 'nothing'}” here meanwhile. Yours will replace it; Escape takes
          theirs.
        </span>
      )}
    </>
  );
}
