/** Something that people wrote differently without having seen each other's words: all of it, alike, and the way to agree. */
import { controlId, type Contender, type Dispute, settleItem, settleValue } from '@coplan/care-plan/fields';
import { formatMoment } from '@coplan/care-plan/plan';
import type { SectionDocument } from '@coplan/care-plan/sync';
import { useState } from 'preact/hooks';
import { useMe } from '../me';
import { authorWords } from '../plan/wrote';
import { ReasonForm } from './ReasonForm';

type Choice = { words: string; settle: (reason: string) => void };

export function DisputeBox({ dispute, document }: { dispute: Dispute; document: SectionDocument }) {
  const me = useMe();
  const [choice, setChoice] = useState<Choice>();
  const isItem = dispute.kind === 'edited-and-removed';
  return (
    <div class="field--disputed" role="group" aria-label={`${dispute.label}: not agreed`}>
      <p>
        <strong>
          {isItem
            ? 'One person changed this while another took it away.'
            : 'People have written different things here. They have not agreed yet.'}
        </strong>
      </p>
      <ul class="items">
        {dispute.contenders.map((contender, nth) => (
          <li class="item" key={nth}>
            <p>
              <bdi>{contender.display}</bdi>
            </p>
            <p class="quiet">{whoSaid(contender, me.user.id)}</p>
            {!isItem && !choice && (
              <button
                class="button button--plain"
                type="button"
                onClick={() =>
                  setChoice({
                    words: contender.display,
                    settle: (reason) => settleValue(document, dispute, contender.said, reason),
                  })
                }
              >
                Keep this one<span class="for-ear">: {contender.display}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {isItem && !choice && (
        <div class="buttons">
          {[true, false].map((keep) => (
            <button
              class="button button--plain"
              type="button"
              key={String(keep)}
              onClick={() =>
                setChoice({
                  words: keep ? 'Keep it' : 'Take it away',
                  settle: (reason) => settleItem(document, dispute, keep, reason),
                })
              }
            >
              {keep ? 'Keep it' : 'Take it away'}
            </button>
          ))}
        </div>
      )}
      {choice && (
        <ReasonForm
          id={`${controlId(document, dispute.path.split('.'))}-settle`}
          label={`You choose: ${choice.words}. Why?`}
          hint="Everybody who reads the plan can read your reason."
          yes="Yes, this one"
          onYes={choice.settle}
          onNo={() => setChoice(undefined)}
        />
      )}
    </div>
  );
}

function whoSaid({ by, at, mine }: Contender, me: string): string {
  const who = by ? authorWords(by, me) : mine ? 'You, on this device' : 'Somebody else';
  return at ? `${who}, ${formatMoment(at)}` : who;
}
