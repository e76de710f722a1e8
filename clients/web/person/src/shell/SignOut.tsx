import { useState } from 'preact/hooks';
import { signOut } from '../api';
import { useDevice } from '../device';

type State = { at: 'in' } | { at: 'failed' } | { at: 'asked'; waiting: number };

/** The way out. It takes with it what this device keeps; if words wait here that nobody else has, it asks first. */
export function SignOut() {
  const device = useDevice();
  const [state, setState] = useState<State>({ at: 'in' });
  const leave = async () => {
    if (!(await signOut())) return setState({ at: 'failed' });
    await device.wipe();
    location.assign('/');
  };
  const begin = async () => {
    const waiting = [...(await device.waiting()).values()].reduce((sum, changes) => sum + changes, 0);
    if (waiting > 0) setState({ at: 'asked', waiting });
    else await leave();
  };
  return (
    <div class="head__out">
      <button class="head__button" type="button" onClick={() => void begin()}>
        Sign out
      </button>
      <div role="alert">
        {state.at === 'failed' && <p>You are still signed in: Coplan does not answer. Try again.</p>}
        {state.at === 'asked' && (
          <div class="head__ask">
            <p>
              {state.waiting === 1 ? '1 change has' : `${state.waiting} changes have`} not been sent yet.
              Signing out deletes {state.waiting === 1 ? 'it' : 'them'}.
            </p>
            <div class="buttons">
              <button class="head__button" type="button" onClick={() => void leave()}>
                Sign out and delete
              </button>
              <button class="head__button" type="button" onClick={() => setState({ at: 'in' })}>
                Stay
              </button>
            </div>
          </div>
        )}
      </div>
    </div>
  );
}
