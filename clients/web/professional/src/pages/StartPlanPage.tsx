import { parseNhsNumber } from '@coplan/care-plan/plan';
import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem, startPlan, Unreachable } from '../api';
import { PageShell } from '../shell/PageShell';

/** Starts a plan by the person's NHS number; if there is one already, opens that. */
export function StartPlanPage() {
  const { route } = useLocation();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (fault) input.current?.focus();
  }, [fault]);
  const submit = async (event: Event) => {
    event.preventDefault();
    const parsed = parseNhsNumber(text);
    if (!parsed.ok) return setFault(faultWords(parsed.problem));
    setBusy(true);
    try {
      route(`/professional/plans/${(await startPlan(parsed.number)).id}`);
    } catch (problem) {
      const existing =
        problem instanceof Problem && problem.code === 'plan-exists' ? problem.body.plan : undefined;
      if (typeof existing === 'string') return route(`/professional/plans/${existing}`);
      setFault(
        problem instanceof Unreachable
          ? 'A plan can only be started with a signal. Try again then.'
          : String((problem as Error).message),
      );
    } finally {
      setBusy(false);
    }
  };
  return (
    <PageShell title="Start a plan">
      <main class="page" id="main">
        <a class="nhsuk-back-link" href="/professional/">
          All plans
        </a>
        <h1>Start a plan</h1>
        <form onSubmit={(event) => void submit(event)} noValidate>
          <div class={`nhsuk-form-group ${fault ? 'nhsuk-form-group--error' : ''}`}>
            <label class="nhsuk-label nhsuk-label--m" for="nhs-number">
              NHS number
            </label>
            <div class="nhsuk-hint" id="nhs-number-hint">
              10 digits, like 999 123 4567. If this person has a plan already, it opens.
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
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </div>
          <button class="nhsuk-button" type="submit" aria-disabled={busy}>
            Start or open the plan
          </button>
        </form>
      </main>
    </PageShell>
  );
}

function faultWords(problem: { kind: string; digits?: number }): string {
  switch (problem.kind) {
    case 'empty':
      return 'Enter an NHS number';
    case 'not-digits':
      return 'An NHS number has only digits';
    case 'length':
      return `An NHS number has 10 digits, this has ${problem.digits}`;
    default:
      return 'This is not a valid NHS number. Check each digit';
  }
}
