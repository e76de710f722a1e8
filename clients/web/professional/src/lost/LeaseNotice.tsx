import { formatMoment } from '@coplan/care-plan/plan';
import { leaseOf } from '@coplan/care-plan/device';

/** Says that a copy has not been confirmed for some days, and when it will be deleted. */
export function LeaseNotice({ keptAt }: { keptAt: string | undefined }) {
  const lease = keptAt ? leaseOf(keptAt, Date.now()) : undefined;
  if (lease?.kind !== 'ageing') return null;
  return (
    <div class="way-strip way-strip--lease" role="status">
      <p class="way-strip__inner">
        <span class="way-strip__mark" aria-hidden="true">
          ⏱
        </span>
        <span>
          <strong>This copy has not been checked for {lease.days} days.</strong>{' '}
          <span>Connect before {formatMoment(lease.endsAt)}, or it is deleted from this device.</span>
        </span>
      </p>
    </div>
  );
}
