import { parseNhsNumber } from '@coplan/care-plan/plan';
import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { NumberBox, numberFault } from '../access/NumberBox';
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
    if (!parsed.ok) return setFault(numberFault(parsed.problem));
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
          <NumberBox
            hint="10 digits, like 999 123 4567. If this person has a plan already, it opens."
            value={text}
            fault={fault}
            input={input}
            onType={setText}
          />
          <button class="nhsuk-button" type="submit" aria-disabled={busy}>
            Start or open the plan
          </button>
        </form>
      </main>
    </PageShell>
  );
}
