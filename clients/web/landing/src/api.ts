/** What the front page asks of the service: who is signed in, and, under development, who there is to sign in as. */

/** Somebody who can sign in. */
export interface User {
  id: string;
  name: string;
  kind: 'staff' | 'crew' | 'person';
  job_title: string;
  organisation: string;
  organisation_code: string;
}

/** What a request came to; `no-answer` stands for a service that is away or in trouble. */
export type Answer<T> =
  { ok: true; value: T } | { ok: false; reason: 'refused' | 'no-answer'; detail?: string };

/** Who is signed in; `null` when nobody is. */
export async function askMe(): Promise<Answer<User | null>> {
  const answer = await ask<{ user: User }>('/api/me');
  if (answer.ok) return { ok: true, value: answer.value.user };
  return answer.reason === 'refused' ? { ok: true, value: null } : answer;
}

/** Who there is to sign in as; `null` where the service is not run for development. */
export async function askUsers(): Promise<Answer<User[] | null>> {
  const answer = await ask<User[]>('/dev/users');
  return !answer.ok && answer.reason === 'refused' ? { ok: true, value: null } : answer;
}

/** Begins a session as that user. */
export async function signIn(user: User): Promise<Answer<{ user: User }>> {
  return ask('/dev/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: user.id }),
  });
}

/** Ends the session. */
export async function signOut(): Promise<Answer<undefined>> {
  return ask('/api/sign-out', { method: 'POST' });
}

async function ask<T>(address: string, init: RequestInit = {}): Promise<Answer<T>> {
  try {
    const response = await fetch(address, { cache: 'no-store', ...init });
    if (response.ok)
      return { ok: true, value: (response.status === 204 ? undefined : await response.json()) as T };
    if (response.status >= 500) return { ok: false, reason: 'no-answer' };
    return { ok: false, reason: 'refused', detail: await detailOf(response) };
  } catch {
    return { ok: false, reason: 'no-answer' };
  }
}

async function detailOf(response: Response): Promise<string | undefined> {
  const problem = (await response.json().catch(() => null)) as { detail?: unknown } | null;
  return typeof problem?.detail === 'string' ? problem.detail : undefined;
}
