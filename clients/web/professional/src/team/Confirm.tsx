import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface ConfirmProps {
  /** What the button that asks says, and of what, for whoever cannot see where it stands. */
  label: string;
  of: string;
  question: ComponentChildren;
  yes: string;
  no?: string;
  /** Nothing is taken away by it. */
  harmless?: boolean;
  onYes: () => void;
}

/** A button that asks before it does something: in its place, without a dialogue. */
export function Confirm({ label, of, question, yes, no = 'Keep', harmless = false, onYes }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  const ask = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (asking) keep.current?.focus();
    else if (wasAsking.current) ask.current?.focus();
    wasAsking.current = asking;
  }, [asking]);
  if (!asking) {
    return (
      <button
        class={`link-button ${harmless ? '' : 'link-button--remove'}`}
        type="button"
        ref={ask}
        onClick={() => setAsking(true)}
      >
        {label}
        <span class="nhsuk-u-visually-hidden"> {of}</span>
      </button>
    );
  }
  return (
    <div class="confirm" role="group" aria-label={`${label} ${of}`}>
      <p>{question}</p>
      <div class="confirm__actions">
        <button
          class={`nhsuk-button ${harmless ? '' : 'nhsuk-button--warning'} nhsuk-button--small`}
          type="button"
          onClick={() => {
            setAsking(false);
            onYes();
          }}
        >
          {yes}
        </button>
        <button
          class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
          type="button"
          ref={keep}
          onClick={() => setAsking(false)}
          onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
        >
          {no}
        </button>
      </div>
    </div>
  );
}
