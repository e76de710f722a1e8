import { authorWords, formatMoment } from '@coplan/care-plan/plan';
import type { Suggestion } from './suggestion';

const states: Record<Suggestion['state'], string> = {
  open: 'Waits for a decision',
  accepted: 'Accepted',
  edited: 'Accepted with changes',
  declined: 'Declined',
  withdrawn: 'Withdrawn',
};

/** A proposal in few lines: what, by whom, and what became of it with the reason. */
export function SuggestionLine({ suggestion }: { suggestion: Suggestion }) {
  const { state, proposed, by, made_at, decided_by, decided_at, decision_reason } = suggestion;
  return (
    <div class={`suggestion-line suggestion-line--${state}`}>
      <p>
        <strong>{states[state]}</strong>: {proposed}
      </p>
      <p class="quiet">
        Suggested by {authorWords(by)}, {formatMoment(made_at)}. {suggestion.reason}
      </p>
      {decided_by && decided_at && (
        <p class="quiet">
          {states[state]} by {authorWords(decided_by)}, {formatMoment(decided_at)}
          {decision_reason ? `, because: ${decision_reason}` : ''}
        </p>
      )}
    </div>
  );
}
