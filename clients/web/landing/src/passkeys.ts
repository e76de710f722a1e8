/** Passkeys of this device: registering one by a code, and signing in with one. */
import { type Answer, post } from './api';

/** Whose passkey it will be, and what the browser asks the device for. */
export interface Asked {
  name: string;
  organisation: string;
  options: PublicKeyCredentialCreationOptionsJSON;
}

/** Whether this browser has what passkeys need, and this page a name: an address of numbers can have none. */
export function hasPasskeys(): boolean {
  return (
    !/^[\d.]+$|^\[/.test(location.hostname) &&
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'
  );
}

/** Says whose code it is. */
export function askToRegister(code: string): Promise<Answer<Asked>> {
  return post('/api/passkeys/registration', { code });
}

/** Has the device make a key, and registers it; `name` is what its owner calls it. */
export async function register(asked: Asked, name: string): Promise<Answer<{ kind: string }>> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.options);
  const credential = await answerOf(() => navigator.credentials.create({ publicKey }));
  return credential ? post('/api/passkeys/registration/finish', { name, credential }) : NOT_GIVEN;
}

/** Signs in with whichever passkey this device has for here. */
export async function signInWithPasskey(): Promise<Answer<{ kind: string }>> {
  const started = await post<{ options: PublicKeyCredentialRequestOptionsJSON }>('/auth/passkey/start', {});
  if (!started.ok) return started;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(started.value.options);
  const credential = await answerOf(() => navigator.credentials.get({ publicKey }));
  return credential ? post('/auth/passkey/finish', credential) : NOT_GIVEN;
}

const NOT_GIVEN = { ok: false, reason: 'refused', detail: 'the device gave no passkey' } as const;

/** What the device says; `null` if whoever holds it said no, or it has none. */
async function answerOf(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await ask();
    return credential instanceof PublicKeyCredential ? credential.toJSON() : null;
  } catch {
    return null;
  }
}
