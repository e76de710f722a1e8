import { statusWords, useObservable } from '../sync';
import { useSession } from './session';

const marks = { saved: '✓', saving: '…', offline: '⇅', 'not-saved': '!' };

/** The one place that says whether what I wrote is saved. Its words are derived from facts, so they are always true. */
export function SaveStatus() {
  const status = useObservable(useSession().status);
  return (
    <div class={`save-status save-status--${status.kind}`} role="status" data-testid="save-status">
      <span class="save-status__mark" aria-hidden="true">
        {marks[status.kind]}
      </span>
      <span>
        <span class="save-status__words">{statusWords(status)}</span>
        {status.kind === 'not-saved' && <span class="save-status__remedy"> {status.remedy}</span>}
      </span>
    </div>
  );
}
