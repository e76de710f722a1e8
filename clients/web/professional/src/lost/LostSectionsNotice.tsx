import { sentence } from '@coplan/care-plan/plan';
import { useOpenPlan } from '../openPlan';
import { KeptWords } from './KeptWords';
import type { LostSections } from './useLostSections';

/** Says which sections one has lost while the plan was open, and keeps what was typed in them. */
export function LostSectionsNotice({ lost }: { lost: LostSections }) {
  const { plan } = useOpenPlan();
  const { gone, readOnly, turn, dismiss } = lost;
  const quoted = (titles: string[]) => sentence(titles.map((title) => `“${title}”`));
  return (
    <div class="lost-sections">
      {gone.length + readOnly.length > 0 && (
        <div class="quiet-note lost-sections__note" role="alert">
          {gone.length > 0 && (
            <p>
              <strong>You no longer have access to {quoted(gone)}.</strong> What this device held of{' '}
              {gone.length === 1 ? 'it' : 'them'} has been deleted from it.
            </p>
          )}
          {readOnly.length > 0 && (
            <p>
              <strong>You can now only read {quoted(readOnly)}.</strong>
            </p>
          )}
          <button class="link-button" type="button" onClick={dismiss}>
            Close this note
          </button>
        </div>
      )}
      <KeptWords plan={plan.id} turn={turn} />
    </div>
  );
}
