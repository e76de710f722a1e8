/** What the person's app asks of the service: who is signed in, the plan, who opened it, and who may see it. */

import type { SignOff } from '@coplan/care-plan/plan';

/** Who is signed in, as far as this app needs it. */
export interface Me {
  user: { id: string; name: string; role?: string | null };
  development?: boolean;
  role_required?: boolean;
}

/** Whose plan it is. */
export interface Person {
  nhs_number: string;
  name: string;
  preferred_name: string | null;
}

/** A plan that one may open. */
export interface PlanOfList {
  id: string;
  person: Person;
}

/** A part of the plan that one may read as it is written, and perhaps write. */
export interface PlanSection {
  section: string;
  title: string;
  url: string;
  access: 'write' | 'read';
  sign_off: SignOff;
}

/** A plan, without what stands in it. */
export interface Plan {
  id: string;
  person: Person;
  sections: PlanSection[];
  /** Parts of which one reads no more than what was published for oneself. */
  published_only: { section: string; title: string }[];
  /** `own` or `proxy`; anybody else has another app. */
  connection: string;
}

/** Why there is no answer to show. */
export type Trouble = 'signed-out' | 'not-found' | 'refused' | 'no-answer';

/** What a request came to, with the service's time; `status` is 0 where there was no answer. */
export type Answer<T> =
  { ok: true; value: T; nowMs: number } | { ok: false; trouble: Trouble; status: number };

/** A request that took longer is given up; the page says so and offers to try again. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Addresses of the service. */
export const paths = {
  me: '/api/me',
  plans: '/api/plans',
  plan: (plan: string) => `/api/plans/${encodeURIComponent(plan)}`,
  sections: '/api/sections',
  view: (plan: string) => `${paths.plan(plan)}/views/person`,
  print: (plan: string) => `${paths.plan(plan)}/views/print`,
  events: (plan: string) => `${paths.plan(plan)}/events`,
  authors: (plan: string, section: string) => `${paths.plan(plan)}/sections/${section}/authors`,
  history: (plan: string) => `${paths.plan(plan)}/history?limit=100`,
  conflicts: (plan: string) => `${paths.plan(plan)}/conflicts`,
  undo: (plan: string) => `${paths.plan(plan)}/undo`,
  sharing: (plan: string) => `${paths.plan(plan)}/sharing`,
  objections: (plan: string) => `${paths.plan(plan)}/sharing/objections`,
  /** That the person keeps a section from one who acts for them. */
  kept: (plan: string, account: string, section: string) =>
    `${paths.plan(plan)}/sharing/acting/${encodeURIComponent(account)}/kept/${encodeURIComponent(section)}`,
};

/** Asks for JSON. Never throws. */
export function ask<T>(path: string): Promise<Answer<T>> {
  return request(path, { method: 'GET' });
}

/** Sends JSON. */
export function post(path: string, body: unknown): Promise<Answer<unknown>> {
  const headers = { 'content-type': 'application/json' };
  return request(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Makes something stand; its address says all of it. */
export function put(path: string): Promise<Answer<unknown>> {
  return request(path, { method: 'PUT' });
}

/** Takes something back. */
export function remove(path: string): Promise<Answer<unknown>> {
  return request(path, { method: 'DELETE' });
}

/** Ends the session. */
export async function signOut(): Promise<boolean> {
  const answer = await request('/api/sign-out', { method: 'POST' });
  return answer.ok || answer.trouble === 'signed-out';
}

async function request<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(path, { cache: 'no-store', signal, ...init });
    if (!response.ok) return { ok: false, trouble: troubleOf(response.status), status: response.status };
    const value = (response.status === 204 ? undefined : await response.json()) as T;
    return { ok: true, value, nowMs: serviceTime(response.headers.get('coplan-now'), Date.now()) };
  } catch {
    return { ok: false, trouble: 'no-answer', status: 0 };
  }
}

/** What a status says to this app. */
export function troubleOf(status: number): Trouble {
  if (status === 401) return 'signed-out';
  if (status === 404) return 'not-found';
  return status < 500 ? 'refused' : 'no-answer';
}

/** The service's time, so that a wrong clock makes no plan look newer; without it the device's own. */
export function serviceTime(told: string | null, deviceMs: number): number {
  const ms = told === null ? Number.NaN : Date.parse(told);
  return Number.isNaN(ms) ? deviceMs : ms;
}
