import { formatAge, formatDate, formatNhsNumber } from '@coplan/care-plan/plan';
import { useOpenPlan } from '../openPlan';
import { useToSign } from '../signing/useToSign';
import { SaveStatus } from './SaveStatus';
import { WhoIsHere } from './WhoIsHere';

/** Always in view on a plan's pages: whose plan it is, whether what I wrote is saved, who else is here. */
export function PlanHead({ signing }: { signing: boolean }) {
  const { plan } = useOpenPlan();
  const { person } = plan;
  const toSign = useToSign().filter((section) => section.changed && section.maySign);
  return (
    <div class="plan-head">
      <section class="person-banner" aria-label="Person">
        <div class="person-banner__inner">
          <p class="person-banner__name">
            {person.name}
            {person.preferred_name && (
              <span class="person-banner__known"> known as {person.preferred_name}</span>
            )}
          </p>
          <dl class="person-banner__facts">
            <div>
              <dt>Born</dt>
              <dd>
                {formatDate(person.born)} ({formatAge(person.born, Date.now())})
              </dd>
            </div>
            <div>
              <dt>NHS number</dt>
              <dd class="person-banner__number">{formatNhsNumber(person.nhs_number)}</dd>
            </div>
          </dl>
        </div>
      </section>
      <div class="plan-bar">
        <div class="plan-bar__inner">
          <a
            class="nhsuk-back-link plan-bar__back"
            href={signing ? `/professional/plans/${plan.id}` : '/professional/'}
          >
            {signing ? 'Back to the plan' : 'All plans'}
          </a>
          <WhoIsHere />
          <SaveStatus />
          {!signing && (
            <a
              class={`nhsuk-button ${toSign.length > 0 ? '' : 'nhsuk-button--secondary'} plan-bar__sign`}
              href={`/professional/plans/${plan.id}/sign-and-publish`}
            >
              Sign{toSign.length > 0 && ` ${toSign.length}`}
              <span class="plan-bar__more">
                {toSign.length === 0 ? ' and publish' : toSign.length === 1 ? ' section' : ' sections'}
              </span>
            </a>
          )}
        </div>
      </div>
    </div>
  );
}
