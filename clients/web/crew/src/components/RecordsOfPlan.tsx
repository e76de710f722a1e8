/**
 * Decisions of one kind, each with who recorded it and who endorsed it.
 *
 * INVARIANT: decisions that contradict each other stand side by side, alike, and none looks like the one in force.
 */
import {
  endedOn,
  formatDate,
  formatMoment,
  reviewDueIn,
  type DecisionRecord,
  type RecordSignature,
  type ViewField,
  type ViewLeaf,
  type ViewRecords,
} from '@coplan/care-plan/plan';
import { useContext } from 'preact/hooks';
import { NowContext } from '../now';
import { FieldsOfPlan, Value } from './FieldsOfPlan';
import { Icon } from './Icon';

/** What a crew goes by while there is no agreed decision about cardiopulmonary resuscitation. */
const CPR = 'cpr';
const CPR_IN_DOUBT = 'Use your own judgement; where there is doubt, the usual rule is to start CPR.';

export function RecordsOfPlan({ of, brief }: { of: ViewRecords; brief: boolean }) {
  const agreed = of.records.filter(({ state }) => state !== 'disputed');
  const disputed = of.records.filter(({ state }) => state === 'disputed');
  return (
    <>
      {agreed.length > 0 && (
        <ul class="records">
          {agreed.map((record, nth) => {
            const next = agreed[nth + 1];
            return (
              <li key={record.id}>
                <OneRecord
                  record={record}
                  brief={brief}
                  unsigned={next !== undefined && alike(record, next)}
                />
              </li>
            );
          })}
        </ul>
      )}
      {disputed.length > 0 && <DisputedRecords kind={of.field} records={disputed} brief={brief} />}
    </>
  );
}

function DisputedRecords({
  kind,
  records,
  brief,
}: {
  kind: string;
  records: DecisionRecord[];
  brief: boolean;
}) {
  const applies = records.find((record) => record.applies);
  return (
    <>
      <p>
        <strong>Different decisions were recorded. None of them is agreed.</strong>
        {kind === CPR && ` ${CPR_IN_DOUBT}`}
      </p>
      <ul class="disputed">
        {records.map((record) => (
          <li key={record.id}>
            <OneRecord record={record} brief={brief} unsigned={false} />
          </li>
        ))}
      </ul>
      {applies && (
        <p>
          Until they agree, keep to the narrower: <strong>{leadOf(applies.fields)?.display}</strong>
        </p>
      )}
    </>
  );
}

/** Whether one person recorded both on one day, so that a short list names them once, at its end. */
function alike({ recorded: a, endorsed, needs_endorsement }: DecisionRecord, next: DecisionRecord): boolean {
  const b = next.recorded;
  const plain = !endorsed && !needs_endorsement && !next.endorsed && !next.needs_endorsement;
  return plain && a.by === b.by && a.organisation === b.organisation && dayOf(a) === dayOf(b);
}

interface OneProps {
  record: DecisionRecord;
  brief: boolean;
  /** In short, the next one carries the signature for this one too. */
  unsigned: boolean;
}

function OneRecord({ record, brief, unsigned }: OneProps) {
  const lead = leadOf(record.fields);
  const rest = lead ? record.fields.slice(1) : record.fields;
  // What a definition marks urgent is what the first screen needs; one that marks nothing is shown whole.
  const marks = record.fields.some((field) => field.urgent);
  return (
    <div class="record">
      {lead && (
        <p class="record__lead">
          <Value of={lead} />
        </p>
      )}
      <PastItsTime of={record} />
      <FieldsOfPlan fields={brief && marks ? rest.filter((field) => field.urgent) : rest} as="pairs" />
      {record.needs_endorsement && (
        <p class="standing standing--unsigned">
          <Icon of="warning" />
          <strong>Not yet endorsed</strong> by a senior decision-maker
        </p>
      )}
      {brief && !unsigned && (
        <p class="standing">
          <bdi>{record.recorded.by}</bdi>, {record.recorded.organisation},{' '}
          <span class="nobreak">{formatMoment(record.recorded.at)}</span>
          {record.endorsed && <strong class="nobreak"> · endorsed</strong>}
        </p>
      )}
      {!brief && (
        <>
          {record.endorsed && <Signature word="Endorsed" of={record.endorsed} />}
          <Signature word="Recorded" of={record.recorded} />
        </>
      )}
    </div>
  );
}

/** A decision that has ended, or that somebody meant to look at again by now, says so itself. */
function PastItsTime({ of: { fields } }: { of: DecisionRecord }) {
  const now = useContext(NowContext);
  const ended = endedOn(fields, now);
  const due = reviewDueIn(fields, now);
  if (!ended && !due) return null;
  return (
    <p class="overdue">
      <Icon of="warning" />
      {ended ? (
        <>
          <strong>Ended {formatDate(ended)}.</strong> It holds no longer.
        </>
      ) : (
        `Review was due ${formatDate(due ?? '')}`
      )}
    </p>
  );
}

function Signature({ word, of }: { word: string; of: RecordSignature }) {
  return (
    <p class="standing">
      <strong>{word}</strong> by <bdi>{of.by}</bdi>, {of.job_title}, {of.organisation}
      {of.registration && <> ({of.registration})</>}, <span class="nobreak">{formatMoment(of.at)}</span>
    </p>
  );
}

function leadOf(fields: ViewField[]): ViewLeaf | undefined {
  const [lead] = fields;
  return lead && 'display' in lead ? lead : undefined;
}

function dayOf({ at }: RecordSignature): string {
  return at.slice(0, 10);
}
