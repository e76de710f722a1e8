/** What stands in a plan's place: waiting, none, no signal. One sentence what happened, one what to do. */
import { formatNhsNumber } from '@coplan/care-plan/plan';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Target } from '../api';
import type { Trouble } from '../opening';

/** Asked, no answer yet. */
export function AskingPage({ target, slow, stop }: { target: Target; slow: boolean; stop(): void }) {
  return (
    <Notice
      heading={slow ? 'Still waiting for an answer' : 'Asking for the plan'}
      actions={[{ words: 'Stop', act: stop }]}
    >
      {target.nhsNumber && (
        <p>
          NHS number <Number of={target.nhsNumber} />
        </p>
      )}
      <p role="status">{slow && 'The signal may be weak. No copy of this plan is kept on this device.'}</p>
    </Notice>
  );
}

/** Asked, and there is no plan to show. */
export function TroublePage(props: { target: Target; trouble: Trouble; tryAgain(): void; leave(): void }) {
  const { target, trouble, tryAgain, leave } = props;
  const again = { words: 'Try again', act: tryAgain };
  const another = { words: 'Find another', act: leave };
  switch (trouble) {
    case 'none':
      return (
        <Notice heading="No plan to show" actions={[another]}>
          <p>
            {target.nhsNumber ? (
              <>
                For NHS number <Number of={target.nhsNumber} /> there is
              </>
            ) : (
              'There is'
            )}{' '}
            no published plan that your service may open.
          </p>
          <p>Either none has been published, or it is not shared with your service. Check the number.</p>
        </Notice>
      );
    case 'withdrawn':
      return (
        <Notice heading="This plan is no longer shown" actions={[another]}>
          <p>
            The service no longer shows <Plan of={target} /> to you.
          </p>
          <p>The copy on this device has been deleted.</p>
        </Notice>
      );
    case 'no-answer':
      return (
        <Notice heading="No answer from the service" actions={[again, another]}>
          <p>There may be no signal here.</p>
          <p>
            No copy of <Plan of={target} /> is kept on this device.
          </p>
        </Notice>
      );
    case 'lapsed':
      return (
        <Notice heading="No answer from the service" actions={[again, another]}>
          <p>
            The copy of <Plan of={target} /> has been deleted from this device.
          </p>
          <p>The service had not confirmed it for 24 hours, or the time to read it was over.</p>
        </Notice>
      );
    case 'fault':
      return (
        <Notice heading="The plan cannot be shown" actions={[again, another]}>
          <p>
            The service answered, but not with <Plan of={target} /> in a form that can be trusted.
          </p>
          <p>Nothing is shown rather than something wrong.</p>
        </Notice>
      );
    case 'signed-out':
      return <SignedOutPage confirmed />;
  }
}

/** Nobody is signed in, and nothing is left on the device. */
export function SignedOutPage({ confirmed }: { confirmed: boolean }) {
  return (
    <Notice heading="You are signed out" actions={[]}>
      <p>No plan is kept on this device.</p>
      {!confirmed && <p>The service has not confirmed it. Sign in and out again when there is a signal.</p>}
      <p>
        <a class="button" href="/">
          Sign in
        </a>
      </p>
    </Notice>
  );
}

interface Action {
  words: string;
  act(): void;
}

function Notice({
  heading,
  actions,
  children,
}: {
  heading: string;
  actions: Action[];
  children: ComponentChildren;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [heading]);
  return (
    <main class="page notice">
      <h1 ref={title} tabIndex={-1}>
        {heading}
      </h1>
      {children}
      <div class="notice__actions">
        {actions.map(({ words, act }) => (
          <button key={words} type="button" class="button" onClick={act}>
            {words}
          </button>
        ))}
      </div>
    </main>
  );
}

function Plan({ of: { nhsNumber } }: { of: Target }) {
  if (!nhsNumber) return <>this plan</>;
  return (
    <>
      the plan of NHS number <Number of={nhsNumber} />
    </>
  );
}

function Number({ of }: { of: string }) {
  return <strong class="nobreak">{formatNhsNumber(of)}</strong>;
}
