import { formatAgo, formatMoment, type Standing } from '@coplan/care-plan/plan';
import { Icon } from './Icon';

/** The same in two words, beside the heading. */
export function StandingMark({ standing }: { standing: Standing }) {
  switch (standing.state) {
    case 'signed':
      return (
        <p class="mark">
          <Icon of="tick" />
          Signed
        </p>
      );
    case 'not-signed':
      return (
        <p class="mark mark--unsigned">
          <Icon of="warning" />
          Not signed
        </p>
      );
    case 'shared':
      return null;
  }
}

/** Who stands behind a section's words, and since when. Says what the data says, no more. */
export function StandingLine({ standing, now }: { standing: Standing; now: number }) {
  const when = (
    <>
      <span class="nobreak">{formatMoment(standing.at)}</span>
      <span class="ago">
        {' '}
        <span class="nobreak">({formatAgo(standing.at, now)})</span>
      </span>
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
