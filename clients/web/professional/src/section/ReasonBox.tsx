interface ReasonBoxProps {
  id: string;
  label: string;
  hint?: string;
  reason: string;
  /** Somebody tried without a reason. */
  fault: boolean;
  onType: (reason: string) => void;
}

/** Longest reason, as the server has it. */
export const REASON_CHARS_MAX = 500;

/** A reason as it is stored: one line. */
export const tidyReason = (reason: string): string => reason.replace(/\s+/g, ' ').trim();

/** Why something is done: one line, asked for wherever a value is settled, removed, declined or withdrawn. */
export function ReasonBox({ id, label, hint, reason, fault, onType }: ReasonBoxProps) {
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <div class={`nhsuk-form-group ${fault ? 'nhsuk-form-group--error' : ''}`}>
      <label class="nhsuk-label" for={id}>
        {label}
      </label>
      {hint && (
        <div class="nhsuk-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {fault && (
        <span class="nhsuk-error-message" id={`${id}-fault`}>
          <span class="nhsuk-u-visually-hidden">Error:</span> Give a reason
        </span>
      )}
      <input
        class="nhsuk-input"
        id={id}
        autocomplete="off"
        maxLength={REASON_CHARS_MAX}
        aria-describedby={described || undefined}
        aria-invalid={fault ? true : undefined}
        value={reason}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </div>
  );
}
