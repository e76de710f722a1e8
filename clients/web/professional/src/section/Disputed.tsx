import { type Claim, setGroup, setScalar, type Value } from '@coplan/care-plan/sync';
import type { Field } from '../definition';
import { fieldWords, valueWords } from '../fieldWords';
import type { FieldPlace } from './place';

interface DisputedProps {
  place: FieldPlace;
  claims: Claim[];
  onWriteAnother: () => void;
}

/** Values that people recorded without having seen each other's: side by side, same weight, neither agreed. */
export function Disputed({ place, claims, onWriteAnother }: DisputedProps) {
  const { field, document, path } = place;
  const settle = (claim: Claim) => {
    document.change((content) =>
      'group' in claim ? setGroup(content, path, claim.group) : setScalar(content, path, claim.value),
    );
  };
  return (
    <div class="disputed" role="group" aria-label={`${field.label}: disputed`}>
      <p class="disputed__title">
        <span aria-hidden="true">▲ </span>Disputed: no agreed value
      </p>
      <p>Different values were recorded at the same time. Both stay here until somebody picks one.</p>
      <ul class="disputed__claims">
        {claims.map((claim) => (
          <li key={JSON.stringify(claim)}>
            <p class="disputed__value">{claimWords(field, claim)}</p>
            {document.writable && (
              <button
                class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
                type="button"
                onClick={() => settle(claim)}
              >
                Use this<span class="nhsuk-u-visually-hidden">: {claimWords(field, claim)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {document.writable && (
        <button class="link-button" type="button" onClick={onWriteAnother}>
          Write another value
        </button>
      )}
    </div>
  );
}

/** For a field where a winner does no harm: what else was entered at the same time. */
export function AlsoEntered({ field, claims, stored }: { field: Field; claims: Claim[]; stored: unknown }) {
  const shown = fieldWords(field, stored);
  const others = claims.map((claim) => claimWords(field, claim)).filter((words) => words !== shown);
  return <p class="quiet-note quiet-note--inline">Also entered at the same time: {others.join('; ')}</p>;
}

function claimWords(field: Field, claim: Claim): string {
  if ('value' in claim) return valueWords(field, claim.value);
  return field.parts
    .map((part) => valueWords(part, claim.group[part.id] as Value | undefined))
    .filter(Boolean)
    .join(', ');
}
