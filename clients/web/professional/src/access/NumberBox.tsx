import type { NhsNumberProblem } from '@coplan/care-plan/plan';
import type { Ref } from 'preact';

interface NumberBoxProps {
  hint: string;
  value: string;
  fault: string | undefined;
  input: Ref<HTMLInputElement>;
  onType: (text: string) => void;
}

/** The box for somebody's NHS number. */
export function NumberBox({ hint, value, fault, input, onType }: NumberBoxProps) {
  return (
    <div class={`nhsuk-form-group ${fault ? 'nhsuk-form-group--error' : ''}`}>
      <label class="nhsuk-label nhsuk-label--m" for="nhs-number">
        NHS number
      </label>
      <div class="nhsuk-hint" id="nhs-number-hint">
        {hint}
      </div>
      {fault && (
        <span class="nhsuk-error-message" id="nhs-number-error">
          <span class="nhsuk-u-visually-hidden">Error:</span> {fault}
        </span>
      )}
      <input
        class={`nhsuk-input nhsuk-input--width-10 nhsuk-input--code ${fault ? 'nhsuk-input--error' : ''}`}
        id="nhs-number"
        ref={input}
        inputMode="numeric"
        autocomplete="off"
        spellcheck={false}
        aria-describedby={fault ? 'nhs-number-hint nhs-number-error' : 'nhs-number-hint'}
        aria-invalid={fault ? true : undefined}
        value={value}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </div>
  );
}

/** What is wrong with a number, as a request to mend it. */
export function numberFault(problem: NhsNumberProblem): string {
  switch (problem.kind) {
    case 'empty':
      return 'Enter an NHS number';
    case 'not-digits':
      return 'An NHS number has only digits';
    case 'length':
      return `An NHS number has 10 digits, this has ${problem.digits}`;
    case 'check-digit':
      return 'This is not a valid NHS number. Check each digit';
  }
}
