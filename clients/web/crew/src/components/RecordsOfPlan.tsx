/**
 * Decisions of one kind, each with who recorded it and who endorsed it.
 *
 * INVARIANT: decisions that contradict each other stand side by side, alike, and none looks like the one in force.
 */
import {
  formatMoment,
  type DecisionRecord,
  type RecordSignature,
  type ViewField,
  type ViewLeaf,
  type ViewRecords,
} from '@coplan/care-plan/plan';
import { FieldsOfPlan, Value } from './FieldsOfPlan';
import { Icon } from './Icon';

/** What a crew goes by while there is no agreed decision about cardiopulmonary resuscitation. */
const CPR = 'cpr';
const CPR_IN_DOUBT =
  'No recommendation is in force. Use your own clinical judgement; where there is doubt, the usual rule is to start CPR.';

export function RecordsOfPlan({ of, brief }: { of: ViewRecords; brief: boolean }) {
  const records = of.records.map((record) => (
    <li key={record.id}>
      <OneRecord record={record} brief={brief} />
    </li>
  ));
  if (!of.disputed) return <ul class="records">{records}</ul>;
  const applies = of.records.find((record) => record.applies);
  return (
    <>
      <p>
        <strong>Different decisions have been recorded. None of them is agreed.</strong>
      </p>
      <ul class="disputed">{records}</ul>
      {of.field === CPR && (
        <p>
          <Icon of="warning" />
          <strong>{CPR_IN_DOUBT}</strong>
        </p>
      )}
      {applies && (
        <p>
          Until they agree, keep to the narrower: <strong>{leadOf(applies.fields)?.display}</strong>
        </p>
      )}
    </>
  );
}

function OneRecord({ record, brief }: { record: DecisionRecord; brief: boolean }) {
  const lead = leadOf(record.fields);
  const rest = lead ? record.fields.slice(1) : record.fields;
  return (
    <div class="record">
      {lead && (
        <p class="record__lead">
          <Value of={lead} />
        </p>
      )}
      <FieldsOfPlan fields={brief ? rest.filter((field) => field.urgent) : rest} as="pairs" />
      {record.needs_endorsement && (
        <p class="standing standing--unsigned">
          <Icon of="warning" />
          <strong>Not yet endorsed</strong> by a senior decision-maker
        </p>
      )}
      {record.endorsed && <Signature word="Endorsed" of={record.endorsed} />}
      <Signature word="Recorded" of={record.recorded} />
    </div>
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
