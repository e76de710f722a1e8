import { REASON_CHARS_MAX } from '../section/ReasonBox';
import type { Reason } from './reasons';

/** Room that the chosen reason itself takes in the line that is kept. */
const CHOSEN_CHARS = 100;

interface ReasonFieldsProps {
  legend: string;
  hint: string;
  more: string;
  reasons: Reason[];
  chosen: string | undefined;
  words: string;
  missing: 'reason' | 'words' | undefined;
  onChoose: (id: string) => void;
  onType: (words: string) => void;
}

/** A short list of reasons, and room for more about it. */
export function ReasonFields(props: ReasonFieldsProps) {
  const { legend, hint, more, reasons, chosen, words, missing, onChoose, onType } = props;
  return (
    <>
      <div class={`nhsuk-form-group ${missing === 'reason' ? 'nhsuk-form-group--error' : ''}`}>
        <fieldset
          class="nhsuk-fieldset"
          aria-describedby={missing === 'reason' ? 'why-hint why-fault' : 'why-hint'}
        >
          <legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--m">{legend}</legend>
          <div class="nhsuk-hint" id="why-hint">
            {hint}
          </div>
          {missing === 'reason' && <Fault id="why-fault">Choose a reason</Fault>}
          <div class="nhsuk-radios">
            {reasons.map(({ id, words: label }) => (
              <div class="nhsuk-radios__item" key={id}>
                <input
                  class="nhsuk-radios__input"
                  id={`why-${id}`}
                  name="why"
                  type="radio"
                  checked={chosen === id}
                  onChange={() => onChoose(id)}
                />
                <label class="nhsuk-label nhsuk-radios__label" for={`why-${id}`}>
                  {label}
                </label>
              </div>
            ))}
          </div>
        </fieldset>
      </div>
      <div class={`nhsuk-form-group ${missing === 'words' ? 'nhsuk-form-group--error' : ''}`}>
        <label class="nhsuk-label" for="why-words">
          {more}
        </label>
        {missing === 'words' && <Fault id="why-words-fault">Say it in a few words</Fault>}
        <textarea
          class={`nhsuk-textarea ${missing === 'words' ? 'nhsuk-textarea--error' : ''}`}
          id="why-words"
          rows={2}
          maxLength={REASON_CHARS_MAX - CHOSEN_CHARS}
          aria-describedby={missing === 'words' ? 'why-words-fault' : undefined}
          aria-invalid={missing === 'words' ? true : undefined}
          value={words}
          onInput={(event) => onType(event.currentTarget.value)}
        />
      </div>
    </>
  );
}

function Fault({ id, children }: { id: string; children: string }) {
  return (
    <span class="nhsuk-error-message" id={id}>
      <span class="nhsuk-u-visually-hidden">Error:</span> {children}
    </span>
  );
}
