import type { PublishedView } from '@coplan/care-plan/plan';

/** Sections of decisions, of health and of medicines; where a plan has none, the page says so and implies nothing. */
const DECISIONS = 'decisions';
const HEALTH = 'health';
const MEDICINES = 'medicines';

/** What a crew looks for first and this plan does not hold: silence about it could be read as an answer. */
export function NotHeld({ view }: { view: PublishedView }) {
  const holds = new Set(view.sections.map(({ section }) => section));
  const missing = [!holds.has(HEALTH) && 'allergies', !holds.has(MEDICINES) && 'medicines'].filter(Boolean);
  const words = missing.join(' and ');
  return (
    <div class="not-held">
      {!holds.has(DECISIONS) && (
        <p>
          <strong>No CPR decision is recorded in this plan.</strong>
        </p>
      )}
      {words && <p class="small">{words.charAt(0).toUpperCase() + words.slice(1)} are not kept here.</p>}
    </div>
  );
}
