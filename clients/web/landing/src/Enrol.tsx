/** Registers a passkey on this device, by a code that somebody was handed. The code stands behind the `#`, which no server sees. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Answer } from './api';
import { type Asked, askToRegister, hasPasskeys, register } from './passkeys';

export function Enrol() {
  const { asked, fault, busy, make } = useEnrolment();
  const [name, setName] = useState('');
  return (
    <>
      <header class="head">
        <p class="head__name">Coplan</p>
      </header>
      <main class="page">
        <h1>Register this device</h1>
        {fault && (
          <div class="problem" role="alert">
            <p>{fault}</p>
          </div>
        )}
        {!asked && !fault && <p role="status">Looking up the code…</p>}
        {asked && (
          <form
            class="panel"
            onSubmit={(event) => {
              event.preventDefault();
              if (!busy) void make(name);
            }}
          >
            <p>
              You are registering a passkey for{' '}
              <strong>
                <bdi>{asked.name}</bdi>
              </strong>
              , {asked.organisation}. From then on you sign in with this device’s own lock: your finger, your
              face or its PIN.
            </p>
            <label class="field__label" for="passkey-name">
              A name for this device
            </label>
            <input
              id="passkey-name"
              class="field__box"
              type="text"
              value={name}
              maxLength={60}
              autocomplete="off"
              placeholder="Ward laptop"
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <p>
              <button type="submit" class="button" aria-disabled={busy}>
                Register this device
              </button>
            </p>
          </form>
        )}
      </main>
    </>
  );
}

/** The code of the address, whose it is, and how it becomes a passkey. */
function useEnrolment() {
  const [code] = useState(() => location.hash.slice(1));
  const [asked, setAsked] = useState<Asked>();
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const load = useCallback(async () => {
    if (!hasPasskeys()) return setFault('This browser has no passkeys. Use a newer one.');
    const answer = await askToRegister(code);
    if (answer.ok) setAsked(answer.value);
    else setFault(wordsOf(answer));
  }, [code]);
  const make = async (name: string) => {
    if (!asked) return;
    setBusy(true);
    const answer = await register(asked, name.trim() || 'Passkey');
    setBusy(false);
    // The front page goes on from here: it asks for a role where there are several.
    if (answer.ok) return location.assign(answer.value.kind === 'crew' ? '/crew/' : '/professional/');
    setFault(wordsOf(answer));
    // What was asked is asked once.
    await load();
  };
  useEffect(() => {
    // Out of sight and out of the history.
    history.replaceState(null, '', location.pathname);
    void load();
  }, [load]);
  return { asked, fault, busy, make };
}

function wordsOf(answer: Extract<Answer<unknown>, { ok: false }>): string {
  if (answer.reason === 'no-answer') return 'The service does not answer. Try again.';
  return `Not registered: ${answer.detail ?? 'it was refused'}.`;
}
