import { formatMoment, signatureWords, timesWords } from '@coplan/care-plan/plan';
import type { WaitingCommand } from '@coplan/care-plan/device';
import { useState } from 'preact/hooks';
import { useOpenPlan } from '../openPlan';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import { bodyWords, type Command, type Decision, type DecisionKind, headline } from './decision';
import { refusalWords } from './refusalWords';

interface RecordCardProps {
  record: Decision;
  kind: DecisionKind;
  /** What was asked of this record on this device and is not in force. */
  waiting: WaitingCommand[];
  onSupersede: (() => void) | undefined;
}

/** One decision: what it says, who stands behind it, what became of it, and what I may do with it. */
export function RecordCard({ record, kind, waiting, onSupersede }: RecordCardProps) {
  const [first, ...rest] = record.fields;
  const past = record.state === 'superseded' || record.state === 'withdrawn';
  return (
    <article class={`record record--${record.state}`} aria-label={`${kind.label}: ${headline(record)}`}>
      <p class="record__headline">{first ? bodyWords(first) : 'Nothing recorded'}</p>
      <p class="record__state">{stateWords(record, kind)}</p>
      <dl class="parts">
        {rest.map((body) => (
          <div class="parts__row" key={body.field}>
            <dt>{body.label}</dt>
            <dd class="prose">{bodyWords(body)}</dd>
          </div>
        ))}
      </dl>
      <p class="record__who">
        Recorded by <strong>{signatureWords(record.recorded)}</strong>,{' '}
        {timesWords(record.recorded.at, record.made_at)}
      </p>
      {record.endorsed && (
        <p class="record__who">
          Endorsed by <strong>{signatureWords(record.endorsed)}</strong>, {formatMoment(record.endorsed.at)}
        </p>
      )}
      {record.reason && <p class="record__reason">Why it replaced what stood before: {record.reason}</p>}
      {record.withdrawn && (
        <p class="record__reason">
          Withdrawn by {signatureWords(record.withdrawn)}, {formatMoment(record.withdrawn.at)}, because:{' '}
          {record.withdrawn.reason}
        </p>
      )}
      {!past && <Actions {...{ record, kind, waiting, onSupersede }} />}
    </article>
  );
}

function stateWords(record: Decision, kind: DecisionKind): string {
  switch (record.state) {
    case 'disputed':
      return kind.applies === record.id ? 'Not agreed. Applies until it is settled' : 'Not agreed';
    case 'superseded':
      return 'Superseded: no longer in force';
    case 'withdrawn':
      return 'Withdrawn: no longer in force';
    case 'current':
      return kind.endorsed && !record.endorsed ? 'In force, not endorsed yet' : 'In force';
  }
}

function Actions({ record, kind, waiting, onSupersede }: RecordCardProps) {
  const open = useOpenPlan();
  const [withdrawing, setWithdrawing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const give = async (command: Command) => {
    setBusy(true);
    setFault(undefined);
    try {
      await open.waiting.give(command);
      setWithdrawing(false);
      open.decisions.refresh();
    } catch (problem) {
      setFault(refusalWords(problem));
    } finally {
      setBusy(false);
    }
  };
  const asked = (what: string) => waiting.some(({ body }) => body.command === what);
  // While two stand, neither is confirmed: first one of them has to go, or both are superseded.
  const lacksEndorsement = kind.endorsed && !record.endorsed && record.state === 'current';
  const about = <span class="nhsuk-u-visually-hidden">: {headline(record)}</span>;
  return (
    <>
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      <div class="group__actions">
        {record.may_endorse && lacksEndorsement && !asked('endorse') && (
          <button
            class="nhsuk-button nhsuk-button--small"
            type="button"
            disabled={busy}
            onClick={() => void give({ command: 'endorse', kind: kind.kind, id: record.id })}
          >
            Endorse{about}
          </button>
        )}
        {onSupersede && (
          <button
            class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
            type="button"
            onClick={onSupersede}
          >
            Record a new one instead{about}
          </button>
        )}
        {record.may_withdraw && !withdrawing && !asked('withdraw') && (
          <button class="link-button link-button--remove" type="button" onClick={() => setWithdrawing(true)}>
            Withdraw{about}
          </button>
        )}
      </div>
      {lacksEndorsement && !record.may_endorse && (
        <p class="quiet">A senior decision-maker other than the person who recorded it endorses this.</p>
      )}
      {withdrawing && (
        <WithdrawForm
          id={`withdraw-${record.id}`}
          busy={busy}
          onCancel={() => setWithdrawing(false)}
          onWithdraw={(reason) => void give({ command: 'withdraw', kind: kind.kind, id: record.id, reason })}
        />
      )}
    </>
  );
}

function WithdrawForm(props: {
  id: string;
  busy: boolean;
  onWithdraw: (reason: string) => void;
  onCancel: () => void;
}) {
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const why = tidyReason(reason);
    setFault(!why);
    if (why) props.onWithdraw(why);
    else document.getElementById(props.id)?.focus();
  };
  return (
    <form class="removal" noValidate onSubmit={submit}>
      <ReasonBox
        id={props.id}
        label="Why is it withdrawn?"
        hint="It stays in the history with your reason. Afterwards no decision of this kind stands."
        reason={reason}
        fault={fault}
        onType={setReason}
      />
      <div class="group__actions">
        <button
          class="nhsuk-button nhsuk-button--warning nhsuk-button--small"
          type="submit"
          disabled={props.busy}
        >
          Withdraw it
        </button>
        <button class="link-button" type="button" onClick={props.onCancel}>
          Keep it
        </button>
      </div>
    </form>
  );
}
