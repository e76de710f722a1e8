/** What the crew app asks of the service. Three requests; the NHS number stands in one of them and nowhere else. */
import { readView, type NhsNumber, type PublishedView } from '@coplan/care-plan/plan';
import { clockFrom, type Clock } from './clock';

/** What came back for an NHS number. */
export type UrgentAnswer =
  | { kind: 'plan'; view: PublishedView; clock: Clock }
  /** No plan, or none that this crew may open: the service tells both alike. */
  | { kind: 'none' }
  | { kind: 'signed-out' }
  /** No signal, or nothing within `ANSWER_TIMEOUT_MS`. */
  | { kind: 'no-answer' }
  /** It answered, but not with this person's plan. */
  | { kind: 'fault' };

/** Who is signed in, as far as this app needs it. */
export interface Me {
  id: string;
  name: string;
  organisation: string;
  /** Anybody may sign in as anybody here. */
  development?: boolean;
}

/** A request that took longer is given up; the page says so and offers to try again. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Asks for the urgent view of the plan of `number`. Never throws. */
export async function askUrgent(number: NhsNumber, signal: AbortSignal): Promise<UrgentAnswer> {
  try {
    const response = await request(`/api/urgent?nhs_number=${number}`, 'GET', signal);
    if (response.status === 401) return { kind: 'signed-out' };
    if (response.status === 403 || response.status === 404) return { kind: 'none' };
    if (!response.ok) return { kind: 'fault' };
    const clock = clockFrom(response.headers.get('coplan-now'), Date.now());
    return planOf(await response.text(), number, clock);
  } catch {
    return { kind: 'no-answer' };
  }
}

/** Who is signed in; `null` when nobody is, `undefined` when the service did not say. */
export async function askMe(): Promise<Me | null | undefined> {
  try {
    const response = await request('/api/me');
    if (response.status === 401) return null;
    if (!response.ok) return undefined;
    const { user, development } = (await response.json()) as { user: Me; development?: boolean };
    return development ? { ...user, development } : user;
  } catch {
    return undefined;
  }
}

/** Ends the session at the service. `false` if it did not confirm. */
export async function signOut(): Promise<boolean> {
  try {
    const response = await request('/api/sign-out', 'POST');
    return response.ok || response.status === 401;
  } catch {
    return false;
  }
}

async function request(
  address: string,
  method: 'GET' | 'POST' = 'GET',
  signal?: AbortSignal,
): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ANSWER_TIMEOUT_MS);
  const left = () => limit.abort();
  signal?.addEventListener('abort', left);
  try {
    const response = await fetch(address, { method, cache: 'no-store', signal: limit.signal });
    // The body too must come within the time: a signal can go in the middle of an answer.
    return new Response(response.status === 204 ? null : await response.text(), response);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', left);
  }
}

function planOf(text: string, number: NhsNumber, clock: Clock): UrgentAnswer {
  const view = readView(parse(text));
  return view?.person.nhs_number === number ? { kind: 'plan', view, clock } : { kind: 'fault' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
