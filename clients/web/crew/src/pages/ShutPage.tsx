/** A plan that is closed to this crew, and the way to open it in an emergency. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { openInEmergency, type Opened } from '../emergency';

interface Props {
  plan: string;
  /** The service's sentence why it is closed. */
  why: string;
  opened(until: string): void;
  leave(): void;
}

export function ShutPage({ plan, why, opened, leave }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => title.current?.focus(), []);

  const submit = async (event: Event) => {
    event.preventDefault();
    const reason = field.current?.value.trim() ?? '';
    setBusy(true);
    const answer = reason === '' ? 'reason-required' : await openInEmergency(plan, reason);
    setBusy(false);
    if (typeof answer !== 'string') return opened(answer.until);
    setProblem(WORDS[answer]);
    field.current?.focus();
  };

  return (
    <main class="page notice">
      <h1 ref={title} tabIndex={-1}>
        This plan is closed to you
      </h1>
      {why && <p>{why.charAt(0).toUpperCase() + why.slice(1)}.</p>}
      <p>
        <strong>Only in an emergency</strong> you may open it, for one hour. Your name and your reason are
        kept, the person can see them, and a privacy officer looks at each.
      </p>
      <form
        class={problem ? 'find field-error' : 'find'}
        onSubmit={(event) => void submit(event)}
        novalidate
        autocomplete="off"
      >
        <div>
          <label for="why">Why you must open it now</label>
          {problem && (
            <p id="why-problem" class="problem" role="alert">
              {problem}
            </p>
          )}
          <input
            ref={field}
            id="why"
            autocomplete="off"
            maxLength={REASON_CHARACTERS_MAX}
            aria-describedby={problem ? 'why-problem' : undefined}
            aria-invalid={problem ? 'true' : undefined}
          />
        </div>
        <button type="submit" class="button button--serious" disabled={busy}>
          Open it in an emergency
        </button>
      </form>
      <div class="notice__actions">
        <button type="button" class="button button--plain" onClick={leave}>
          Find another
        </button>
      </div>
    </main>
  );
}

/** A line. */
const REASON_CHARACTERS_MAX = 200;

const WORDS: Record<Extract<Opened, string>, string> = {
  'reason-required': 'Write why, in one line',
  'too-often': 'You have opened too many plans like this. Ring your control room',
  'not-allowed': 'You may not open this plan. Ring your control room',
  'signed-out': 'You are signed out. Sign in again',
  'no-answer': 'No answer from the service. Try again',
  fault: 'The service could not open it. Try again',
};
