/** What the front page asks of the service: who is signed in, in which role, and how one can sign in. */

/** Somebody who can sign in. */
export interface User {
  id: string;
  name: string;
  kind: 'staff' | 'crew' | 'person';
  role?: string | null;
  job_title?: string | null;
  organisation?: string | null;
  organisation_code?: string | null;
}

/** A role that somebody holds. A session works in one of them. */
export interface RoleHeld {
  id: number | string;
  role: string;
  job_title: string;
  organisation: string;
  organisation_name: string;
  selected: boolean;
}

/** Who is signed in. */
export interface Me {
  user: User;
  development?: boolean;
  roles?: RoleHeld[];
  /** Nothing else opens until a role is chosen. */
  role_required?: boolean;
  /** The one plan that the session was opened for, from another record. */
  only_plan?: string | null;
}

/** A way to sign in. */
export interface Way {
  id: string;
  kind: 'oidc' | 'passkey' | 'development';
  title: string;
  for: 'staff' | 'people' | 'anybody';
  url: string;
}

/** A plan that one may open. */
export interface PlanOfPerson {
  id: string;
  person: { name: string; preferred_name: string | null };
}

/** What a request came to; `no-answer` stands for a service that is away or in trouble. */
export type Answer<T> =
  { ok: true; value: T } | { ok: false; reason: 'refused' | 'no-answer'; detail?: string };

/** Who is signed in; `null` when nobody is. */
export async function askMe(): Promise<Answer<Me | null>> {
  return orNull(await ask<Me>('/api/me'));
}

/** How one can sign in here. */
export async function askWays(): Promise<Answer<Way[]>> {
  const answer = await ask<{ ways: Way[] }>('/api/sign-in');
  if (answer.ok) return { ok: true, value: answer.value.ways };
  return answer.reason === 'refused' ? { ok: true, value: [] } : answer;
}

/** Who there is to sign in as; `null` where the service is not run for development. */
export async function askUsers(): Promise<Answer<User[] | null>> {
  return orNull(await ask<User[]>('/dev/users'));
}

/** Plans of those whom one acts for. */
export function askPlans(): Promise<Answer<PlanOfPerson[]>> {
  return ask('/api/plans');
}

/** Begins a session as that user. */
export function signIn(user: User): Promise<Answer<unknown>> {
  return post('/dev/sign-in', { user: user.id });
}

/** Works in that role from now on. */
export function chooseRole({ id }: RoleHeld): Promise<Answer<undefined>> {
  return post('/api/me/role', { role: id });
}

/** Ends the session. */
export function signOut(): Promise<Answer<undefined>> {
  return ask('/api/sign-out', { method: 'POST' });
}

function orNull<T>(answer: Answer<T>): Answer<T | null> {
  return !answer.ok && answer.reason === 'refused' ? { ok: true, value: null } : answer;
}

/** Sends JSON. */
export function post<T>(address: string, body: unknown): Promise<Answer<T>> {
  const headers = { 'content-type': 'application/json' };
  return ask(address, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function ask<T>(address: string, init: RequestInit = {}): Promise<Answer<T>> {
  try {
    const response = await fetch(address, { cache: 'no-store', ...init });
    if (response.ok)
      return { ok: true, value: (response.status === 204 ? undefined : await response.json()) as T };
    if (response.status >= 500) return { ok: false, reason: 'no-answer' };
    const detail = await detailOf(response);
    return { ok: false, reason: 'refused', ...(detail === undefined ? {} : { detail }) };
  } catch {
    return { ok: false, reason: 'no-answer' };
  }
}

async function detailOf(response: Response): Promise<string | undefined> {
  const problem = (await response.json().catch(() => null)) as { detail?: unknown } | null;
  return typeof problem?.detail === 'string' ? problem.detail : undefined;
}
