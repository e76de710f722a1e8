import { formatAgo, formatMoment, type Standing } from '@coplan/care-plan/plan';
import { Icon } from './Icon';

/** Who stands behind a section's words, and since when. Says what the data says, no more. */
export function StandingLine({ standing, now }: { standing: Standing; now: number }) {
  const when = (
    <>
      <span class="nobreak">{formatMoment(standing.at)}</span>{' '}
      <span class="nobreak">({formatAgo(standing.at, now)})</span>
    </>
  );
  switch (standing.state) {
    case 'signed':
      return (
        <p class="standing">
          <Icon of="tick" />
          <strong>Signed</strong> by <bdi>{standing.by}</bdi>, {standing.job_title}, {standing.organisation},{' '}
          {when}
        </p>
      );
    case 'not-signed':
      return (
        <p class="standing standing--unsigned">
          <Icon of="warning" />
          <strong>Not signed.</strong> Last changed {when}
        </p>
      );
    case 'shared':
      return (
        <p class="standing">
          <Icon of="circle" />
          <strong>Shared, not signed.</strong> Last changed {when}
        </p>
      );
  }
}
