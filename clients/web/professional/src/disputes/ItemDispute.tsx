import type { SectionDocument } from '@coplan/care-plan/sync';
import type { Field } from '@coplan/care-plan/plan';
import { Disputed } from './Disputed';
import type { Dispute } from '@coplan/care-plan/fields';

/** A dispute of a list's item, shown at the item itself: about one of its fields, or about whether it stands. */
export function ItemDispute({
  dispute,
  list,
  document,
}: {
  dispute: Dispute;
  list: Field;
  document: SectionDocument;
}) {
  const inner = dispute.path.split('.')[2];
  const field = list.items.find(({ id }) => id === inner);
  return (
    <div class="item__dispute">
      {field && <h5 class="field__label">{field.label}</h5>}
      <Disputed dispute={dispute} field={field ?? list} document={document} />
    </div>
  );
}
