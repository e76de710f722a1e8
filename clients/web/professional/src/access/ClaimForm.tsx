import { parseNhsNumber } from '@coplan/care-plan/plan';
import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PlanId } from '../api';
import { claim, claimFault, type ClaimKind, typedNumber, type Whom } from './claim';
import { NumberBox, numberFault } from './NumberBox';
import { ReasonFields } from './ReasonFields';
import { CARING, EMERGENCY, reasonText } from './reasons';

interface ClaimFormProps {
  kind: ClaimKind;
  /** The plan, where one knows it; otherwise the form asks for the NHS number. */
  plan?: PlanId | undefined;
  /** Instead of going to the plan's page: it is there already. */
  onOpened?: () => void;
}

const WORDS = {
  asserted: {
    reasons: CARING,
    legend: 'Why do you need this plan?',
    hint: 'The person can read this, and so can the privacy officer of your organisation.',
    more: 'More about it (optional, unless you chose “Something else”)',
    button: 'Open the plan',
  },
  'break-glass': {
    reasons: EMERGENCY,
    legend: 'What is the emergency?',
    hint: 'The person reads this, and a privacy officer checks it.',
    more: 'What is happening',
    button: 'Break the glass and open the plan',
  },
};

/** Opens a plan that one is not connected to: whose, why, and one button. */
export function ClaimForm({ kind, plan, onOpened }: ClaimFormProps) {
  const words = WORDS[kind];
  const { route } = useLocation();
  const [number, setNumber] = useState(() => (plan ? '' : typedNumber.take()));
  const [chosen, setChosen] = useState<string>();
  const [more, setMore] = useState('');
  const [faults, setFaults] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (faults.number) input.current?.focus();
    else if (faults.missing === 'reason') form.current?.querySelector<HTMLElement>('[name=why]')?.focus();
    else if (faults.missing) form.current?.querySelector('textarea')?.focus();
    else if (faults.refused) form.current?.querySelector<HTMLElement>('.claim__refused')?.focus();
  }, [faults]);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const { whom, reason, faults: found } = check(plan, number, reasonText(words.reasons, chosen, more));
    setFaults(found);
    if (!whom || reason === undefined) return;
    setBusy(true);
    try {
      const opened = await claim(kind, whom, reason);
      if (onOpened) onOpened();
      else route(`/professional/plans/${opened.plan}`);
    } catch (problem) {
      setFaults({ refused: claimFault(problem) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="claim" ref={form} onSubmit={(event) => void submit(event)} noValidate>
      {faults.refused && (
        <div class="nhsuk-error-summary claim__refused" role="alert" tabIndex={-1}>
          <h2 class="nhsuk-error-summary__title">Not opened</h2>
          <p>{faults.refused}</p>
        </div>
      )}
      {!plan && (
        <NumberBox
          hint="10 digits, like 999 123 4567"
          value={number}
          fault={faults.number}
          input={input}
          onType={setNumber}
        />
      )}
      <ReasonFields
        {...words}
        chosen={chosen}
        words={more}
        missing={faults.missing}
        onChoose={setChosen}
        onType={setMore}
      />
      <div class="claim__actions">
        <button
          class={`nhsuk-button ${kind === 'break-glass' ? 'nhsuk-button--warning' : ''}`}
          type="submit"
          aria-disabled={busy}
        >
          {words.button}
        </button>
        <span role="status">{busy ? 'Looking…' : ''}</span>
      </div>
      {kind === 'asserted' && (
        <p>
          Is it an emergency, and the plan does not open this way?{' '}
          <a
            href={`/professional/break-glass${plan ? `/${plan}` : ''}`}
            onClick={() => typedNumber.keep(number)}
          >
            Break the glass
          </a>
        </p>
      )}
    </form>
  );
}

interface Faults {
  number?: string;
  missing?: 'reason' | 'words';
  refused?: string;
}

function check(
  plan: PlanId | undefined,
  number: string,
  reason: ReturnType<typeof reasonText>,
): { whom?: Whom; reason?: string; faults: Faults } {
  const faults: Faults = 'missing' in reason ? { missing: reason.missing } : {};
  const said = 'text' in reason ? { reason: reason.text } : {};
  if (plan) return { whom: { plan }, ...said, faults };
  const parsed = parseNhsNumber(number);
  if (!parsed.ok) return { ...said, faults: { ...faults, number: numberFault(parsed.problem) } };
  return { whom: { nhs_number: parsed.number }, ...said, faults };
}
