import { useEffect, useState } from 'preact/hooks';
import { signOut } from '../api';
import { PageShell } from '../shell/PageShell';
import { useDevice } from '../signedIn';

/** Signs out, and wipes what this device keeps; if changes wait here, asks first. */
export function SignOutPage() {
  const device = useDevice();
  const [waiting, setWaiting] = useState<number>();
  const [fault, setFault] = useState(false);
  useEffect(() => {
    void Promise.all([device.waiting(), device.words(Date.now())]).then(([plans, words]) =>
      setWaiting([...plans.values()].reduce((sum, n) => sum + n, words.length)),
    );
  }, [device]);
  const leave = async () => {
    try {
      await signOut();
      await device.wipe();
      window.location.replace('/');
    } catch {
      setFault(true);
    }
  };
  return (
    <PageShell title="Sign out">
      <main class="page" id="main">
        <a class="nhsuk-back-link" href="/professional/">
          All plans
        </a>
        <h1>Sign out</h1>
        {waiting ? (
          <div class="nhsuk-inset-text">
            <p>
              <strong>
                {waiting} {waiting === 1 ? 'change has' : 'changes have'} not reached the server yet.
              </strong>{' '}
              They are kept on this device only. Signing out deletes them.
            </p>
            <p>
              Go back to the <a href="/professional/">list of plans</a>, open the marked plan with a signal,
              and wait until it says “Saved”.
            </p>
          </div>
        ) : (
          <p>This removes the plans that you opened from this device.</p>
        )}
        {fault && (
          <p role="alert">
            You cannot be signed out without a signal. Your session ends by itself; lock this device until
            then.
          </p>
        )}
        <button
          class={`nhsuk-button ${waiting ? 'nhsuk-button--warning' : ''}`}
          type="button"
          onClick={() => void leave()}
          disabled={waiting === undefined}
        >
          {waiting ? 'Sign out and delete them' : 'Sign out'}
        </button>
      </main>
    </PageShell>
  );
}
