import type { PublishedView } from '@coplan/care-plan/plan';

/** What a crew looks for first, each by its section and field. */
const CPR = { section: 'decisions', field: 'cpr' };
const ALLERGIES = { section: 'health', fields: ['allergies', 'no_known_allergies'] };
const MEDICINES = 'medicines';

/** What a crew looks for first and this plan does not say: silence about it could be read as an answer. */
export function NotHeld({ view }: { view: PublishedView }) {
  const says = (section: string, fields: string[]) =>
    view.sections.some(
      (one) => one.section === section && one.fields.some(({ field }) => fields.includes(field)),
    );
  const holdsMedicines = view.sections.some(
    ({ section, fields }) => section === MEDICINES && fields.length > 0,
  );
  const noCpr = !says(CPR.section, [CPR.field]);
  const missing = [
    !says(ALLERGIES.section, ALLERGIES.fields) && 'allergies',
    !holdsMedicines && 'medicines',
  ].filter(Boolean);
  if (!noCpr && missing.length === 0) return null;
  return (
    <div class="not-held">
      {noCpr && (
        <p>
          <strong>No CPR decision is recorded in this plan.</strong>
        </p>
      )}
      {missing.length > 0 && (
        <p class="small">No list of {missing.join(' or of ')} is signed in this plan.</p>
      )}
    </div>
  );
}
