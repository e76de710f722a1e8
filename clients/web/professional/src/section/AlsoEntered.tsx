import type { Claim, Value } from '@coplan/care-plan/sync';
import type { Field } from '@coplan/care-plan/plan';
import { fieldWords, valueWords } from '@coplan/care-plan/fields';

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
