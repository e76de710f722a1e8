import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem, Unreachable } from '../api';
import { type Field, roleNames, type Section } from '@coplan/care-plan/plan';
import { sentenceCase } from '../decisions/sentenceCase';
import { capital } from '@coplan/care-plan/fields';
import { useOpenPlan } from '../openPlan';
import { FormFields, focusFirstFault } from '../section/FormFields';
import { type Faults, type Typed } from '../section/formValues';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import type { Proposed } from './edits';
import { suggest } from './suggestion';

interface SuggestFormProps {
  id: string;
  section: Section;
  label: string;
  fields: Field[];
  initial: Typed;
  propose: (typed: Typed, reason: string) => Proposed;
  onEnd: () => void;
}

/** A proposal to whoever writes a section: what it should be, and why. */
export function SuggestForm({ id, section, label, fields, initial, propose, onEnd }: SuggestFormProps) {
  const { plan, suggestions } = useOpenPlan();
  const [typed, setTyped] = useState(initial);
  const [faults, setFaults] = useState<Faults>({});
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('textarea, select, input')?.focus(), []);
  const why = tidyReason(reason);
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    setFault(undefined);
    const { edits, faults: found } = propose(typed, why);
    setFaults(found);
    if (Object.keys(found).length > 0) return focusFirstFault(id, found);
    if (edits.length === 0) return setFault('Nothing is different from what stands there now.');
    if (!why) return document.getElementById(`${id}.reason`)?.focus();
    setBusy(true);
    try {
      for (const edit of edits) {
        await suggest(plan.id, { id: crypto.randomUUID(), section: section.id, edit, reason: why });
      }
      suggestions.refresh();
      onEnd();
    } catch (problem) {
      setFault(faultWords(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="settle-form suggest-form"
      ref={form}
      noValidate
      aria-label={label}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => event.key === 'Escape' && onEnd()}
    >
      <p class="suggest-form__label">{label}</p>
      <FormFields
        id={id}
        fields={fields}
        typed={typed}
        faults={faults}
        onType={(key, text) => setTyped((all) => ({ ...all, [key]: text }))}
      />
      <ReasonBox
        id={`${id}.reason`}
        label="Why?"
        hint={`${capital(roleNames(section.writes))} read it and decide.`}
        reason={reason}
        fault={tried && !why}
        onType={setReason}
      />
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      <div class="group__actions">
        <button class="nhsuk-button nhsuk-button--small" type="submit" disabled={busy}>
          Send the suggestion
        </button>
        <button class="link-button" type="button" onClick={onEnd}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function faultWords(problem: unknown): string {
  if (problem instanceof Unreachable)
    return 'The server cannot be reached. Your words stay here; send them when there is a signal.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing was sent.';
  return problem.status === 403
    ? 'Your role does not suggest changes to this section.'
    : sentenceCase(problem.message);
}
