import { formatDate, formatMoment, formatNhsNumber } from '@coplan/care-plan/plan';
import type { ShownPlan } from '../opening';

/** On paper only, at the head of every sheet: a loose sheet still says whose it is and how old. */
export function PrintHead({ plan, now }: { plan: ShownPlan; now: number }) {
  const { person, version, published_at } = plan.view;
  return (
    <div class="print-head" aria-hidden="true">
      <div>
        <p>
          <strong>{person.name}</strong> · born {formatDate(person.born)} · NHS number{' '}
          <strong>{formatNhsNumber(person.nhs_number)}</strong>
        </p>
        <p>
          Coplan urgent plan, <strong>version {version}</strong>, published{' '}
          <strong>{formatMoment(published_at)}</strong>. Printed {formatMoment(now)}
          {plan.freshness !== 'checked' && (
            <strong> from a saved copy, not checked since {formatMoment(plan.checkedAtMs)}</strong>
          )}
          .
        </p>
        <p>
          <strong>Check for a newer version before you act on this paper.</strong>
        </p>
      </div>
    </div>
  );
}
