import { ConnectionBanner } from '../access/ConnectionBanner';
import { isLaunched } from '../api';
import { PersonBanner } from '../banner/PersonBanner';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import { useToSign } from '../signing/useToSign';
import { SaveStatus } from '@coplan/care-plan/fields';
import { WhoIsHere } from './WhoIsHere';

/** Always in view on a plan's pages: whose plan it is, whether what I wrote is saved, who else is here. */
export function PlanHead({ back }: { back: 'list' | 'plan' }) {
  const { plan } = useOpenPlan();
  const hasList = !isLaunched(useMe());
  const toSign = useToSign().filter((section) => section.changed && section.maySign);
  return (
    <div class="plan-head">
      <PersonBanner />
      <ConnectionBanner />
      <div class="plan-bar">
        <div class="plan-bar__inner">
          {(back === 'plan' || hasList) && (
            <a
              class={`nhsuk-back-link plan-bar__back plan-bar__back--${back}`}
              href={back === 'plan' ? `/professional/plans/${plan.id}` : '/professional/'}
            >
              {back === 'plan' ? 'Back to the plan' : 'All plans'}
            </a>
          )}
          <WhoIsHere />
          <SaveStatus />
          {back === 'list' && (
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
