import { useEffect, useState } from 'preact/hooks';

interface Props {
  id: string;
  label: string;
  hint: string;
  yes: string;
  onYes: (reason: string) => void;
  onNo: () => void;
}

/** Longest reason, as the server has it. */
const REASON_CHARS_MAX = 500;

/** Asks why, in one line, before something is done that others will want to understand. */
export function ReasonForm({ id, label, hint, yes, onYes, onNo }: Props) {
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState(false);
  useEffect(() => document.getElementById(id)?.focus(), [id]);
  const submit = (event: Event) => {
    event.preventDefault();
    const words = reason.replace(/\s+/g, ' ').trim();
    if (words !== '') return onYes(words);
    setFault(true);
    document.getElementById(id)?.focus();
  };
  return (
    <form
      class="form ask"
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && onNo()}
    >
      <div>
        <label for={id}>{label}</label>
        <p class="quiet" id={`${id}-hint`}>
          {hint}
        </p>
        {fault && (
          <p class="fault" id={`${id}-fault`}>
            Write a few words
          </p>
        )}
        <input
          class="nhsuk-input"
          id={id}
          autocomplete="off"
          maxLength={REASON_CHARS_MAX}
          aria-describedby={fault ? `${id}-hint ${id}-fault` : `${id}-hint`}
          aria-invalid={fault ? true : undefined}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      <div class="buttons">
        <button class="button" type="submit">
          {yes}
        </button>
        <button class="button button--plain" type="button" onClick={onNo}>
          No, leave it
        </button>
      </div>
    </form>
  );
}
