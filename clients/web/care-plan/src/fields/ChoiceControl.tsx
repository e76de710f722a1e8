import { clear, read, setScalar, type Value } from '../sync';
import { controlId, type FieldPlace } from './place';

/** Up to this many choices stand open as radios; more go into a list. */
export const RADIOS_MAX = 4;
/** A choice in so many characters fits beside another. */
const INLINE_CHARS_MAX = 24;

/** One of the field's codes, or yes or no. Saved as soon as it is chosen. */
export function ChoiceControl({ describedBy, ...place }: FieldPlace & { describedBy?: string | undefined }) {
  const { field, document, path, stored } = place;
  const chosen = read(stored);
  const choose = (value: Value | undefined) => {
    document.change((content) =>
      value === undefined ? clear(content, path) : setScalar(content, path, value),
    );
  };
  const choices: Choice[] =
    field.type === 'yes-no'
      ? [
          { value: true, words: 'Yes' },
          { value: false, words: 'No' },
        ]
      : field.codes.map(({ code, display }) => ({ value: code, words: display }));
  const id = controlId(document, path);
  const props = { id, choices, chosen, describedBy, label: field.label, onChoose: choose };
  return choices.length <= RADIOS_MAX ? <ChoiceButtons {...props} /> : <Select {...props} />;
}

interface Choice {
  value: string | boolean;
  words: string;
}

interface ChoiceProps {
  id: string;
  label: string;
  choices: Choice[];
  chosen: Value | undefined;
  describedBy?: string | undefined;
  /** What stands in a list where nothing is chosen. */
  nothing?: string;
  onChoose: (value: Value | undefined) => void;
}

export function ChoiceButtons({ id, label, choices, chosen, describedBy, onChoose }: ChoiceProps) {
  const inline = choices.every(({ words }) => words.length <= INLINE_CHARS_MAX);
  return (
    <div
      class={`nhsuk-radios nhsuk-radios--small quiet-radios ${inline ? 'nhsuk-radios--inline' : ''}`}
      role="radiogroup"
      aria-labelledby={`${id}-label`}
      aria-describedby={describedBy}
    >
      {choices.map(({ value, words }, index) => {
        const choiceId = index === 0 ? id : `${id}-${index}`;
        return (
          <div class="nhsuk-radios__item" key={String(value)}>
            <input
              class="nhsuk-radios__input"
              type="radio"
              id={choiceId}
              name={id}
              checked={chosen === value}
              onChange={() => onChoose(value)}
            />
            <label class="nhsuk-label nhsuk-radios__label" for={choiceId}>
              {words}
            </label>
          </div>
        );
      })}
      {chosen !== undefined && (
        <button class="link-button quiet-radios__clear" type="button" onClick={() => onChoose(undefined)}>
          Clear<span class="nhsuk-u-visually-hidden"> {label}</span>
        </button>
      )}
    </div>
  );
}

export function Select({
  id,
  choices,
  chosen,
  describedBy,
  nothing = 'Not recorded',
  onChoose,
}: ChoiceProps) {
  const known = chosen === undefined || choices.some(({ value }) => value === chosen);
  return (
    <select
      class="nhsuk-select quiet-box"
      id={id}
      aria-describedby={describedBy}
      value={chosen === undefined ? '' : String(chosen)}
      onChange={(event) => onChoose(event.currentTarget.value || undefined)}
    >
      <option value="">{nothing}</option>
      {!known && <option value={String(chosen)}>Code {String(chosen)}</option>}
      {choices.map(({ value, words }) => (
        <option key={String(value)} value={String(value)}>
          {words}
        </option>
      ))}
    </select>
  );
}
