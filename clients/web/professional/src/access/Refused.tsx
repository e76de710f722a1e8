import { useEffect, useRef, useState } from 'preact/hooks';
import type { PlanId, Problem } from '../api';
import { SharingPart } from '../sharing/SharingPage';
import { GlassForm } from './BreakGlassPage';
import { sentenceOf } from './claim';
import { ClaimForm } from './ClaimForm';

/** The server knows the plan and does not open it: why, and the ways that are left. */
export function Refused({
  plan,
  problem,
  onOpened,
}: {
  plan: PlanId;
  problem: Problem;
  onOpened: () => void;
}) {
  const heading = useRef<HTMLHeadingElement & HTMLDivElement>(null);
  const [way, setWay] = useState<'sharing' | 'break-glass'>();
  useEffect(() => heading.current?.focus(), [way]);
  const remedies = Array.isArray(problem.body.remedies) ? problem.body.remedies : [];
  if (way === 'break-glass') {
    return (
      <>
        <h1 tabIndex={-1} ref={heading}>
          Break the glass
        </h1>
        <GlassForm plan={plan} onOpened={onOpened} />
      </>
    );
  }
  if (way === 'sharing') {
    return (
      <div tabIndex={-1} ref={heading}>
        <SharingPart plan={plan} name="this person" onChanged={onOpened} />
        <p>
          <button class="link-button" type="button" onClick={() => setWay(undefined)}>
            Back
          </button>
        </p>
      </div>
    );
  }
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        This plan is not open to you
      </h1>
      <div class="nhsuk-inset-text">
        <p>{sentenceOf(problem.message)}</p>
      </div>
      {remedies.includes('assert-relationship') && (
        <>
          <h2>Are you caring for this person?</h2>
          <ClaimForm kind="asserted" plan={plan} onOpened={onOpened} />
        </>
      )}
      {remedies.includes('set-sharing') && (
        <>
          <p>
            Has the person told you that they want it shared again? You can write that down without opening
            the plan.
          </p>
          <p>
            <button
              class="nhsuk-button nhsuk-button--secondary"
              type="button"
              onClick={() => setWay('sharing')}
            >
              What the person wants…
            </button>
          </p>
        </>
      )}
      {remedies.includes('break-glass') && !remedies.includes('assert-relationship') && (
        <>
          <p>
            If it is an emergency and you must look after this person now, you can open the plan for 1 hour.
            The person and a privacy officer see that you did, and why.
          </p>
          <p>
            <button
              class="nhsuk-button nhsuk-button--warning"
              type="button"
              onClick={() => setWay('break-glass')}
            >
              Break the glass…
            </button>
          </p>
        </>
      )}
      <p>
        <a href="/professional/">All plans</a>
      </p>
    </>
  );
}
