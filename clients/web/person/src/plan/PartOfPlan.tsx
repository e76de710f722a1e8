import { formatAgo, formatMoment, type Standing, type ViewSection } from '@coplan/care-plan/plan';
import { Fields } from './Fields';

interface Props {
  section: ViewSection;
  now: number;
  open: boolean;
  change: ((field?: string) => string) | undefined;
}

/** One part, closed until somebody opens it: a whole plan is too long for a phone. */
export function PartOfPlan({ section, now, open, change }: Props) {
  return (
    <details class="part" open={open}>
      <summary>
        <h3>{section.title}</h3>
      </summary>
      <div class="section">
        <Fields fields={section.fields} />
        <p class="quiet section__foot">
          <StandingWords standing={section.standing} now={now} />
        </p>
        {change && (
          <p class="no-print">
            <a class="change" href={change()}>
              Change this<span class="for-ear">: {section.title}</span>
            </a>
          </p>
        )}
      </div>
    </details>
  );
}

function StandingWords({ standing, now }: { standing: Standing; now: number }) {
  const when = `${formatMoment(standing.at)} (${formatAgo(standing.at, now)})`;
  switch (standing.state) {
    case 'signed':
      return (
        <>
          <strong>Signed</strong> by <bdi>{standing.by}</bdi>, {standing.job_title}, {standing.organisation},{' '}
          {when}
        </>
      );
    case 'not-signed':
      return (
        <>
          <strong>Not signed yet.</strong> Last changed {when}
        </>
      );
    case 'shared':
      return <>Last changed {when}</>;
  }
}
