import type { PlanId } from '../api';
import { PageShell } from '../shell/PageShell';
import { ClaimForm } from './ClaimForm';

/** Breaks the glass: for an emergency alone, and with what comes of it said first. */
export function BreakGlassPage({ plan }: { plan?: PlanId }) {
  return (
    <PageShell title="Break the glass">
      <main class="page page--form" id="main">
        <a class="nhsuk-back-link" href={plan ? '/professional/' : '/professional/find'}>
          {plan ? 'All plans' : 'Find somebody'}
        </a>
        <h1>Break the glass</h1>
        <GlassForm plan={plan} />
      </main>
    </PageShell>
  );
}

/** The form, under what happens next. */
export function GlassForm({ plan, onOpened }: { plan?: PlanId | undefined; onOpened?: () => void }) {
  return (
    <>
      <div class="nhsuk-warning-callout">
        <h2 class="nhsuk-warning-callout__label">
          <span>
            <span class="nhsuk-u-visually-hidden">Important: </span>
            Only in an emergency
          </span>
        </h2>
        <p>This opens the plan even if the person does not want it shared. When you do it:</p>
        <ul>
          <li>the plan is open to you for 1 hour, and then it closes</li>
          <li>the person sees your name, your organisation, the time and your reason</li>
          <li>a privacy officer is told at once, and asks you if the reason is not clear</li>
        </ul>
      </div>
      <ClaimForm kind="break-glass" plan={plan} {...(onOpened ? { onOpened } : {})} />
    </>
  );
}
