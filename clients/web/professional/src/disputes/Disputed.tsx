import type { SectionDocument } from '@coplan/care-plan/sync';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Field, roleNames, type Section } from '@coplan/care-plan/plan';
import { useOpenPlan } from '../openPlan';
import { FormFields, focusFirstFault } from '../section/FormFields';
import { type Faults, parseForm, type Typed } from '../section/formValues';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import {
  type Contender,
  controlId,
  type Dispute,
  nounAt,
  type Said,
  settleItem,
  settleValue,
} from '@coplan/care-plan/fields';
import { Contenders } from './Contenders';

interface DisputedProps {
  dispute: Dispute;
  field: Field;
  document: SectionDocument;
}

/** How somebody means to end a disagreement. */
type Choice =
  | { kind: 'one'; said: Said; words: string }
  | { kind: 'another' }
  | { kind: 'item'; keep: boolean; words: string };

/** Something on which people disagree: what each says, that none is agreed, who can settle it, and how. */
export function Disputed({ dispute, field, document }: DisputedProps) {
  const { definitions } = useOpenPlan();
  const [choice, setChoice] = useState<Choice>();
  const section = definitions.find(({ id }) => id === document.section);
  const opener = useRef<HTMLElement | null>(null);
  const choose = (next: Choice) => {
    opener.current = window.document.activeElement as HTMLElement | null;
    setChoice(next);
  };
  const cancel = () => {
    setChoice(undefined);
    requestAnimationFrame(() => opener.current?.focus());
  };
  return (
    <div class="disputed" role="group" aria-label={`${dispute.label}: disputed`}>
      <p class="disputed__title">
        <span aria-hidden="true">▲ </span>Disputed: no agreed value
      </p>
      <p class="disputed__what">{whatHappened(dispute, field, section)}</p>
      <Contenders
        dispute={dispute}
        action={
          document.writable && !choice
            ? (contender) => <Use dispute={dispute} field={field} contender={contender} onChoose={choose} />
            : undefined
        }
      />
      <SettleLine
        {...{ dispute, section, writable: document.writable, choosing: choice !== undefined, choose }}
      />
      {choice && <SettleForm {...{ dispute, field, document, choice }} onCancel={cancel} />}
    </div>
  );
}

/** One button under a contender that can be taken as it stands. */
function Use(props: {
  dispute: Dispute;
  field: Field;
  contender: Contender;
  onChoose: (choice: Choice) => void;
}) {
  const { dispute, field, contender, onChoose } = props;
  if (dispute.kind === 'edited-and-removed') return null;
  if (dispute.kind === 'denied' && !('takenAway' in contender.said)) return null;
  const words = contender.display;
  return (
    <button
      class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
      type="button"
      onClick={() => onChoose({ kind: 'one', said: contender.said, words })}
    >
      {dispute.kind === 'denied' ? (
        `Keep the list, take back “${field.label}”`
      ) : (
        <>
          Use this<span class="nhsuk-u-visually-hidden">: {words}</span>
        </>
      )}
    </button>
  );
}

function SettleLine(props: {
  dispute: Dispute;
  section: Section | undefined;
  writable: boolean;
  choosing: boolean;
  choose: (choice: Choice) => void;
}) {
  const { dispute, section, writable, choosing, choose } = props;
  if (!writable) {
    return (
      <p class="quiet disputed__settlers">
        It is settled by {section ? roleNames(section.writes) : 'those who write this section'}.
      </p>
    );
  }
  if (choosing) return null;
  if (dispute.kind === 'values') {
    return (
      <button class="link-button" type="button" onClick={() => choose({ kind: 'another' })}>
        Write another value
      </button>
    );
  }
  if (dispute.kind !== 'edited-and-removed') return null;
  const noun = section ? nounAt(section, dispute) : 'item';
  return (
    <div class="group__actions">
      {[true, false].map((keep) => (
        <button
          class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
          type="button"
          key={String(keep)}
          onClick={() =>
            choose({ kind: 'item', keep, words: keep ? `Keep the ${noun}, as edited` : `Remove the ${noun}` })
          }
        >
          {keep ? `Keep the ${noun}` : `Remove the ${noun}`}
        </button>
      ))}
    </div>
  );
}

function SettleForm(props: DisputedProps & { choice: Choice; onCancel: () => void }) {
  const { dispute, field, document, choice, onCancel } = props;
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [typed, setTyped] = useState<Typed>({});
  const [faults, setFaults] = useState<Faults>({});
  const form = useRef<HTMLFormElement>(null);
  const id = `settle.${controlId(document, dispute.path.split('.'))}`;
  useEffect(() => form.current?.querySelector<HTMLElement>('textarea, input, select')?.focus(), []);
  // Another value is asked for whatever the definition says of leaving it empty.
  const another: Field = { ...field, required: true, help: '' };
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    const why = tidyReason(reason);
    if (choice.kind === 'another') {
      const { values, faults: found } = parseForm([another], typed);
      setFaults(found);
      if (Object.keys(found).length > 0) return focusFirstFault(id, found);
      if (!why) return window.document.getElementById(`${id}.reason`)?.focus();
      const value = values[field.id];
      if (value === undefined) return;
      return settleValue(document, dispute, typeof value === 'object' ? { group: value } : { value }, why);
    }
    if (!why) return window.document.getElementById(`${id}.reason`)?.focus();
    if (choice.kind === 'item') settleItem(document, dispute, choice.keep, why);
    else settleValue(document, dispute, choice.said, why);
  };
  return (
    <form
      class="settle-form"
      ref={form}
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      {choice.kind === 'another' ? (
        <FormFields
          id={id}
          fields={[another]}
          typed={typed}
          faults={faults}
          onType={(key, text) => setTyped((all) => ({ ...all, [key]: text }))}
        />
      ) : (
        <p class="settle-form__choice">
          You choose: <strong>{choice.words}</strong>
        </p>
      )}
      <ReasonBox
        id={`${id}.reason`}
        label="Why?"
        hint="Everybody on the plan reads it beside the value."
        reason={reason}
        fault={tried && tidyReason(reason) === ''}
        onType={setReason}
      />
      <div class="group__actions">
        <button class="nhsuk-button nhsuk-button--small" type="submit">
          Settle it
        </button>
        <button class="link-button" type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function whatHappened(dispute: Dispute, field: Field, section: Section | undefined): string {
  switch (dispute.kind) {
    case 'edited-and-removed':
      return `One person changed this ${section ? nounAt(section, dispute) : 'item'} while another removed it. Neither had seen the other.`;
    case 'denied': {
      const list = section?.fields.find(({ id }) => id === field.denies)?.label.toLocaleLowerCase('en-GB');
      return `“${field.label}” is recorded, and the list of ${list ?? 'entries'} is not empty. Until it is settled, readers see the list. If nothing in the list is right, remove each entry with a reason.`;
    }
    default:
      return 'Different values were recorded by people who had not seen each other’s. All of them stay here until somebody settles it.';
  }
}
