import type { WaitingCommand } from '@coplan/care-plan/device';
import { useState } from 'preact/hooks';
import { type Field, roleNames } from '@coplan/care-plan/plan';
import { type Decision, type DecisionKind, standing } from './decision';
import { DecisionForm } from './DecisionForm';
import { RecordCard } from './RecordCard';

interface KindViewProps {
  definition: Field;
  kind: DecisionKind;
  /** Commands about this kind that are not in force. */
  waiting: WaitingCommand[];
}

/** One kind of decision: what stands, side by side where people disagree, and what was before. */
export function KindView({ definition, kind, waiting }: KindViewProps) {
  const [superseding, setSuperseding] = useState<Decision[]>();
  const stands = standing(kind);
  const disputed = stands.filter(({ state }) => state === 'disputed');
  const others = stands.filter(({ state }) => state !== 'disputed');
  const past = kind.records.filter((record) => !stands.includes(record));
  const heading = `kind-${kind.kind}`;
  const noun = definition.item_name ?? 'decision';
  const card = (record: Decision) => (
    <RecordCard
      key={record.id}
      record={record}
      kind={kind}
      waiting={waiting.filter(({ id }) => id === record.id)}
      onSupersede={
        record.may_supersede && !superseding && record.state === 'current'
          ? () => setSuperseding([record])
          : undefined
      }
    />
  );
  const many = definition.record?.current === 'each' || Boolean(definition.record?.per);
  const mayRecord = kind.may_record && !superseding && (stands.length === 0 || many);
  return (
    <section
      class={`kind ${kind.records.length === 0 && !superseding ? 'kind--empty' : ''}`}
      id={heading}
      aria-labelledby={`${heading}-label`}
    >
      <h2 class="kind__label" id={`${heading}-label`}>
        {kind.label}
      </h2>
      {definition.help && kind.records.length > 0 && <p class="quiet kind__help">{definition.help}</p>}
      {disputed.length > 0 && (
        <div class="disputed" role="group" aria-label={`${kind.label}: disputed`}>
          <p class="disputed__title">
            <span aria-hidden="true">▲ </span>Disputed: different decisions were recorded, and none is agreed
          </p>
          <div class="disputed__claims records">{disputed.map(card)}</div>
          {kind.may_record && !superseding ? (
            <button
              class="nhsuk-button nhsuk-button--small"
              type="button"
              onClick={() => setSuperseding(disputed)}
            >
              Settle it: record one that supersedes{' '}
              {disputed.length === 2 ? 'both' : `all ${disputed.length}`}
            </button>
          ) : (
            !kind.may_record && (
              <p class="quiet disputed__settlers">
                It is settled by {roleNames(definition.record?.recorders ?? [])}
                {definition.record?.senior && ' with senior responsibility'}.
              </p>
            )
          )}
        </div>
      )}
      {others.length > 0 && <div class="records">{others.map(card)}</div>}
      {stands.length === 0 && (
        <p class="nothing">
          Nothing is recorded.
          {!kind.may_record && ` Recorded by ${roleNames(definition.record?.recorders ?? [])}.`}
        </p>
      )}
      {superseding && (
        <DecisionForm
          definition={definition}
          kind={kind}
          supersedes={superseding}
          onEnd={() => setSuperseding(undefined)}
        />
      )}
      {mayRecord && (
        <button class="link-button kind__record" type="button" onClick={() => setSuperseding([])}>
          Record {article(noun)} {noun}
          <span class="nhsuk-u-visually-hidden">: {kind.label}</span>
        </button>
      )}
      {past.length > 0 && (
        <details class="removed">
          <summary>
            {past.length} earlier {past.length === 1 ? noun : `${noun}s`}
          </summary>
          <div class="records records--past">{past.map(card)}</div>
        </details>
      )}
    </section>
  );
}

const article = (noun: string): string => (/^[aeiou]/i.test(noun) ? 'an' : 'a');
