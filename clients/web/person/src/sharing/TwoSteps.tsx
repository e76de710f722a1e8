import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

interface Props {
  /** What the button says that asks. */
  label: ComponentChildren;
  yes: ComponentChildren;
  no: string;
  busy: boolean;
  onYes: () => void;
  /** What it means, which is read before the yes. */
  children: ComponentChildren;
}

/** A button that says what it means and asks once more, in its place. */
export function TwoSteps({ label, yes, no, busy, onYes, children }: Props) {
  const [asking, setAsking] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const question = useRef<HTMLDivElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (asking) question.current?.focus();
    else if (wasAsking.current) button.current?.focus();
    wasAsking.current = asking;
  }, [asking]);
  if (!asking) {
    return (
      <p>
        <button class="button button--plain" type="button" ref={button} onClick={() => setAsking(true)}>
          {label}
        </button>
      </p>
    );
  }
  return (
    <div
      class="two-steps"
      role="group"
      aria-labelledby={`${id}-question`}
      aria-describedby={`${id}-meaning`}
      tabIndex={-1}
      ref={question}
    >
      <p id={`${id}-question`}>
        <strong>{label}?</strong>
      </p>
      <div id={`${id}-meaning`}>{children}</div>
      <div class="buttons">
        <button class="button" type="button" aria-disabled={busy} onClick={onYes}>
          {yes}
        </button>
        <button class="button button--plain" type="button" onClick={() => setAsking(false)}>
          {no}
        </button>
      </div>
    </div>
  );
}
