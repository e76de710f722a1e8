import { dateParts, type DateParts, parseDate, typedForm } from './input';
import { FaultAndOvertaken } from './LineControl';
import { controlId, type FieldPlace } from './place';
import { useDraft } from './useDraft';

const boxes = [
  { part: 'day', label: 'Day', width: 2 },
  { part: 'month', label: 'Month', width: 2 },
  { part: 'year', label: 'Year', width: 4 },
] as const;

/** A date in three boxes. It is saved when all three are right, or when the group is left. */
export function DateControl({ describedBy, ...place }: FieldPlace & { describedBy?: string | undefined }) {
  const { field, document, path, stored } = place;
  const draft = useDraft<DateParts>(place, dateParts(stored), parseDate);
  const id = controlId(document, path);
  const onLeave = (event: FocusEvent & { currentTarget: HTMLElement }) => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) draft.finish();
  };
  const described = [describedBy, draft.fault && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <>
      <FaultAndOvertaken
        id={id}
        label={field.label}
        fault={draft.fault}
        overtaken={draft.overtaken}
        now={typedForm(stored)}
      />
      <div
        class="nhsuk-date-input"
        role="group"
        aria-labelledby={`${id}-label`}
        aria-describedby={described || undefined}
        onFocusOut={onLeave}
        onKeyDown={(event) => {
          if (event.key === 'Enter') draft.finish();
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          draft.undo();
        }}
      >
        {boxes.map(({ part, label, width }) => (
          <div class="nhsuk-date-input__item" key={part}>
            <label class="nhsuk-label nhsuk-date-input__label" for={part === 'day' ? id : `${id}-${part}`}>
              {label}
            </label>
            <input
              class={`nhsuk-input nhsuk-date-input__input nhsuk-input--width-${width} quiet-box ${draft.fault ? 'nhsuk-input--error' : ''}`}
              id={part === 'day' ? id : `${id}-${part}`}
              type="text"
              inputMode="numeric"
              autocomplete="off"
              maxLength={width}
              aria-invalid={draft.fault ? true : undefined}
              value={draft.shown[part]}
              onInput={(event) => draft.type({ ...draft.shown, [part]: event.currentTarget.value })}
            />
          </div>
        ))}
      </div>
    </>
  );
}
