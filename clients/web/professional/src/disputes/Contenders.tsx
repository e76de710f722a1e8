import { authorWords, timesWords } from '@coplan/care-plan/plan';
import type { Contender, Dispute } from '@coplan/care-plan/fields';

interface ContendersProps {
  dispute: Dispute;
  /** What may be done with one of them. */
  action?: (contender: Contender, index: number) => preact.ComponentChildren;
}

/** What people say who disagree: side by side, same weight, each with who, where and when. */
export function Contenders({ dispute, action }: ContendersProps) {
  return (
    <ul class="disputed__claims">
      {dispute.contenders.map((contender, index) => (
        <li key={`${index} ${contender.display}`}>
          <Said contender={contender} />
          <Who contender={contender} />
          {dispute.applies === index && (
            <p class="disputed__applies">Applies until it is settled, because it is the safer of the two</p>
          )}
          {action?.(contender, index)}
        </li>
      ))}
    </ul>
  );
}

function Said({ contender }: { contender: Contender }) {
  if (contender.parts.length === 0) return <p class="disputed__value">{contender.display}</p>;
  return (
    <dl class="disputed__value disputed__parts">
      {contender.parts.map(({ label, words }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

function Who({ contender }: { contender: Contender }) {
  const { by, at, deviceAt, mine } = contender;
  return (
    <p class="disputed__who">
      {by ? authorWords(by) : mine ? 'You, on this device' : at ? 'A colleague' : 'Recorded in this plan'}
      {at && <span class="disputed__when">{timesWords(at, deviceAt)}</span>}
    </p>
  );
}
