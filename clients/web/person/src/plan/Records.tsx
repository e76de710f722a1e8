/**
 * Decisions of one kind, each with who wrote it down and who confirmed it.
 *
 * INVARIANT: decisions that contradict each other stand side by side, alike, and none looks like the one that holds.
 */
import { formatMoment, type DecisionRecord, type RecordSignature } from '@coplan/care-plan/plan';
import { leadOf } from './reading';
import { Parts } from './Fields';

export function Records({ of }: { of: DecisionRecord[] }) {
  const agreed = of.filter(({ state }) => state !== 'disputed');
  const disputed = of.filter(({ state }) => state === 'disputed');
  const applies = disputed.find((record) => record.applies);
  return (
    <>
      <List of={agreed} />
      {disputed.length > 0 && (
        <div class="field--disputed">
          <p>
            <strong>Different decisions were written down. They are not agreed yet.</strong> Ask your care
            team about it.
          </p>
          <List of={disputed} />
          {applies && (
            <p>
              Until they agree, staff keep to: <bdi>{leadOf(applies.fields)?.display}</bdi>
            </p>
          )}
        </div>
      )}
    </>
  );
}

function List({ of }: { of: DecisionRecord[] }) {
  if (of.length === 0) return null;
  return (
    <ul class="items">
      {of.map((record) => (
        <li class="item" key={record.id}>
          <Parts fields={record.fields} />
          {record.needs_endorsement && !record.endorsed && (
            <p>
              <strong>Not confirmed yet</strong> by a senior doctor or nurse.
            </p>
          )}
          {record.endorsed && <Signature word="Confirmed" of={record.endorsed} />}
          <Signature word="Written down" of={record.recorded} />
        </li>
      ))}
    </ul>
  );
}

function Signature({ word, of }: { word: string; of: RecordSignature }) {
  return (
    <p class="quiet">
      {word} by <bdi>{of.by}</bdi>, {of.job_title}, {of.organisation}, {formatMoment(of.at)}
    </p>
  );
}
