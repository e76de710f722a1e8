import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api';
import type { Field } from '@coplan/care-plan/plan';
import { useOpenPlan } from '../openPlan';
import { FormFields, focusFirstFault } from '../section/FormFields';
import { type Faults, parseForm, type Typed } from '../section/formValues';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import { type Decision, type DecisionKind, headline } from './decision';
import { refusalWords } from './refusalWords';

interface DecisionFormProps {
  definition: Field;
  kind: DecisionKind;
  /** The decisions that it takes the place of; none for a first one. */
  supersedes: Decision[];
  onEnd: () => void;
}

/**
 * A new decision, asked for as its definition says. Nothing of it is in force before the server has taken it; without
 * a connection it is kept on this device, and says so.
 */
export function DecisionForm({ definition, kind, supersedes, onEnd }: DecisionFormProps) {
  const open = useOpenPlan();
  const [typed, setTyped] = useState<Typed>({});
  const [faults, setFaults] = useState<Faults>({});
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const [busy, setBusy] = useState(false);
  // The decision's id: made once, so that sending it again never records it twice.
  const record = useRef(crypto.randomUUID());
  const form = useRef<HTMLFormElement>(null);
  const opener = useRef(document.activeElement as HTMLElement | null);
  const id = `decision.${kind.kind}`;
  useEffect(() => form.current?.focus(), []);
  const end = () => {
    onEnd();
    requestAnimationFrame(() => opener.current?.isConnected && opener.current.focus());
  };
  const why = tidyReason(reason);
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    setRefusal(undefined);
    const { values, faults: found } = parseForm(definition.items, typed);
    setFaults(found);
    if (Object.keys(found).length > 0) return focusFirstFault(id, found);
    if (supersedes.length > 0 && !why) return document.getElementById(`${id}.reason`)?.focus();
    setBusy(true);
    try {
      await open.waiting.give({
        command: 'record',
        kind: kind.kind,
        id: record.current,
        values,
        ...(supersedes.length > 0 ? { supersedes: supersedes.map((one) => one.id), reason: why } : {}),
      });
      open.decisions.refresh();
      end();
    } catch (problem) {
      setRefusal(refusalWords(problem));
      const told = faultsOf(problem);
      setFaults(told);
      if (Object.keys(told).length > 0) focusFirstFault(id, told);
    } finally {
      setBusy(false);
    }
  };
  const noun = definition.item_name ?? 'decision';
  return (
    <form
      class="decision-form"
      ref={form}
      tabIndex={-1}
      noValidate
      onSubmit={(event) => void submit(event)}
      aria-label={`New ${noun}: ${kind.label}`}
    >
      <h3 class="nhsuk-heading-s">New {noun}</h3>
      {definition.help && <p>{definition.help}</p>}
      {supersedes.length > 0 && (
        <p class="quiet-note">
          It takes the place of{' '}
          {supersedes.map((one) => `“${headline(one)}”, recorded by ${one.recorded.name}`).join(', and of ')}.
        </p>
      )}
      {definition.record?.senior && <p class="quiet">Only a senior decision-maker records this.</p>}
      <FormFields
        id={id}
        fields={definition.items}
        typed={typed}
        faults={faults}
        onType={(key, text) => setTyped((all) => ({ ...all, [key]: text }))}
      />
      {supersedes.length > 0 && (
        <ReasonBox
          id={`${id}.reason`}
          label="Why does it take the place of what stood before?"
          reason={reason}
          fault={tried && !why}
          onType={setReason}
        />
      )}
      {refusal && (
        <div class="nhsuk-error-summary" role="alert">
          <p>Not recorded. {refusal}</p>
        </div>
      )}
      <div class="group__actions">
        <button class="nhsuk-button nhsuk-button--small" type="submit" disabled={busy}>
          Record it in my name
        </button>
        <button class="link-button" type="button" onClick={end}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** What the server found wrong with a field, beside that field. */
function faultsOf(problem: unknown): Faults {
  if (!(problem instanceof Problem)) return {};
  const { field, fields } = problem.body;
  if (typeof field === 'string') return { [field]: `was not accepted: ${problem.message}` };
  if (problem.code !== 'missing-required' || !Array.isArray(fields)) return {};
  return Object.fromEntries(fields.map((one) => [fieldOf(one), 'must be filled in']));
}

const fieldOf = (one: unknown): string =>
  typeof one === 'string' ? one : String((one as Record<string, unknown> | null)?.field ?? '');
