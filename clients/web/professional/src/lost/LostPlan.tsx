import type { SectionDocument } from '@coplan/care-plan/sync';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refused } from '../access/Refused';
import type { PlanId, Problem } from '../api';
import type { Section } from '@coplan/care-plan/plan';
import { useDevice } from '../signedIn';
import { KeptWords } from './KeptWords';
import { letPlanGo } from './letGo';

interface LostPlanProps {
  plan: PlanId;
  /** Why it is gone: the server's answer, a copy that is too old, another person in the record that it came from. */
  because: Problem | 'too-old' | 'closed';
  /** Sections that stood open when it was lost. */
  documents: SectionDocument[] | undefined;
  definitions: Section[];
  onOpened: () => void;
}

/** A plan that one may not read, or not any more: this device lets go of it, and says what is left and what to do. */
export function LostPlan({ plan, because, documents, definitions, onOpened }: LostPlanProps) {
  const device = useDevice();
  const [held, setHeld] = useState<boolean | undefined>(documents && true);
  const [turn, setTurn] = useState(0);
  const once = useRef(false);
  useEffect(() => {
    if (once.current) return;
    once.current = true;
    const letGo = async () => {
      const had = documents !== undefined || (await device.heldPlans()).has(plan);
      setHeld(had);
      await letPlanGo(device, plan, definitions, documents);
      setTurn((n) => n + 1);
    };
    void letGo();
  }, [device, plan, documents, definitions]);
  if (held === undefined) return <p role="status">Opening the plan…</p>;
  return (
    <>
      {because === 'too-old' ? (
        <TooOld />
      ) : because === 'closed' ? (
        <Closed />
      ) : because.status === 403 ? (
        <Refused plan={plan} problem={because} onOpened={onOpened} />
      ) : (
        <NotOpen lost={held} />
      )}
      {held && typeof because !== 'string' && (
        <p class="quiet">What this device held of the plan has been deleted from it.</p>
      )}
      <KeptWords plan={plan} turn={turn} />
    </>
  );
}

function TooOld() {
  return (
    <>
      <h1>This copy was too old</h1>
      <p>
        The server has not confirmed for 30 days that you may read this plan, so its copy was deleted from
        this device. With a signal, open the plan again.
      </p>
      <BackToList />
    </>
  );
}

function Closed() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        This plan was closed
      </h1>
      <p role="alert">
        The record that it was opened from has another person open now, or you left it. Open Coplan again from
        there.
      </p>
    </>
  );
}

function NotOpen({ lost }: { lost: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        {lost ? 'You no longer have access to this plan' : 'This plan does not open'}
      </h1>
      <p role={lost ? 'alert' : undefined}>
        {lost
          ? 'Who may see it has changed: the team, what the person wants, or the time for which you had it. If you still care for this person, ask somebody on the team, or say so.'
          : 'There is no plan at this address, or you cannot open it.'}
      </p>
      <p>
        <a href="/professional/find">Someone you are caring for who is not listed?</a>
      </p>
      <BackToList />
    </>
  );
}

function BackToList() {
  return (
    <p>
      <a href="/professional/">All plans</a>
    </p>
  );
}
