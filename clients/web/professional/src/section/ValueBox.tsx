import type { Field } from '@coplan/care-plan/plan';
import { ChoiceButtons, fit, RADIOS_MAX, Select } from '@coplan/care-plan/fields';

interface ValueBoxProps {
  id: string;
  field: Field;
  typed: string;
  fault: string | undefined;
  /** It must be filled in, by its definition or by what else is said. */
  required?: boolean;
  onType: (text: string) => void;
}

/** One value of a form that is saved as a whole: nothing of it is kept before the whole is. */
export function ValueBox({ id, field, typed, fault, required = field.required, onType }: ValueBoxProps) {
  const isChoice = field.type === 'coded' || field.type === 'yes-no';
  const choices = choicesOf(field);
  const open = isChoice && choices.length <= RADIOS_MAX;
  const described =
    [field.help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined;
  const label = (
    <>
      {field.label}
      {!required && <span class="optional"> (optional)</span>}
    </>
  );
  return (
    <div class={`nhsuk-form-group ${fault ? 'nhsuk-form-group--error' : ''}`}>
      {open ? (
        <p class="nhsuk-label" id={`${id}-label`}>
          {label}
        </p>
      ) : (
        <label class="nhsuk-label" id={`${id}-label`} for={id}>
          {label}
        </label>
      )}
      {(field.help || field.type === 'date') && (
        <div class="nhsuk-hint" id={`${id}-help`}>
          {field.help} {field.type === 'date' && 'Day/month/year, like 21/11/2026.'}
        </div>
      )}
      {fault && (
        <span class="nhsuk-error-message" id={`${id}-fault`}>
          <span class="nhsuk-u-visually-hidden">Error:</span> {field.label} {fault}
        </span>
      )}
      <Box {...{ id, field, typed, fault, required, described, choices, open, onType }} />
    </div>
  );
}

interface BoxProps extends ValueBoxProps {
  described: string | undefined;
  choices: { value: string; words: string }[];
  open: boolean;
}

function Box({ id, field, typed, fault, required, described, choices, open, onType }: BoxProps) {
  const choosing = {
    id,
    label: field.label,
    choices,
    chosen: typed || undefined,
    describedBy: described,
    nothing: required ? 'Choose one' : 'Not recorded',
    onChoose: (value: unknown) => onType(String(value ?? '')),
  };
  if (open) return <ChoiceButtons {...choosing} />;
  if (field.type === 'coded' || field.type === 'yes-no') return <Select {...choosing} />;
  return (
    <textarea
      class={`nhsuk-textarea quiet-box ${fault ? 'nhsuk-textarea--error' : ''}`}
      id={id}
      ref={(box) => {
        if (box) fit(box);
      }}
      rows={field.type === 'text' ? 3 : 1}
      autocomplete="off"
      inputMode={field.type === 'phone' ? 'tel' : undefined}
      maxLength={field.max_chars ?? undefined}
      aria-describedby={described}
      aria-invalid={fault ? true : undefined}
      value={typed}
      onInput={(event) => onType(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && field.type !== 'text' && event.preventDefault()}
    />
  );
}

function choicesOf(field: Field): { value: string; words: string }[] {
  if (field.type === 'yes-no') {
    return [
      { value: 'true', words: 'Yes' },
      { value: 'false', words: 'No' },
    ];
  }
  return field.codes.map(({ code, display }) => ({ value: code, words: display }));
}
