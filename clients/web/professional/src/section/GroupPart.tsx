import type { Field } from '../definition';
import { Select } from './ChoiceControl';
import { fit } from './fit';

/** One part of a group that is being changed: nothing of it is saved before the whole is. */
export function GroupPart(props: {
  id: string;
  part: Field;
  typed: string;
  fault: string | undefined;
  onType: (text: string) => void;
}) {
  const { id, part, typed, fault, onType } = props;
  const described =
    [part.help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined;
  const choices =
    part.type === 'yes-no' ? yesNo : part.codes.map(({ code, display }) => ({ value: code, words: display }));
  return (
    <div class={`nhsuk-form-group ${fault ? 'nhsuk-form-group--error' : ''}`}>
      <label class="nhsuk-label" id={`${id}-label`} for={id}>
        {part.label}
        {!part.required && <span class="optional"> (optional)</span>}
      </label>
      {part.help && (
        <div class="nhsuk-hint" id={`${id}-help`}>
          {part.help} {part.type === 'date' && 'Day/month/year, like 21/11/2026.'}
        </div>
      )}
      {fault && (
        <span class="nhsuk-error-message" id={`${id}-fault`}>
          <span class="nhsuk-u-visually-hidden">Error:</span> {part.label} {fault}
        </span>
      )}
      {part.type === 'coded' || part.type === 'yes-no' ? (
        <Select
          id={id}
          label={part.label}
          choices={choices}
          chosen={typed || undefined}
          describedBy={described}
          onChoose={(value) => onType(String(value ?? ''))}
        />
      ) : (
        <textarea
          class={`nhsuk-textarea quiet-box ${fault ? 'nhsuk-textarea--error' : ''}`}
          id={id}
          ref={(box) => {
            if (box) fit(box);
          }}
          rows={1}
          autocomplete="off"
          maxLength={part.max_chars ?? undefined}
          aria-describedby={described}
          aria-invalid={fault ? true : undefined}
          value={typed}
          onInput={(event) => onType(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
      )}
    </div>
  );
}

const yesNo = [
  { value: 'true', words: 'Yes' },
  { value: 'false', words: 'No' },
];
