/** What the crew app asks of the service about plans. The NHS number stands in one address and nowhere else. */
import { readView, type NhsNumber, type PublishedView } from '@coplan/care-plan/plan';
import { clockFrom, type Clock } from './clock';

/** Which plan is meant: that of a person, or the one that the crew was sent to. */
export type Target =
  | { nhsNumber: NhsNumber; plan?: undefined; until?: undefined }
  /** `until`: when the right to read it ends by itself (RFC 3339), after it was opened in an emergency. */
  | { plan: string; until?: string; nhsNumber?: undefined };

/** What came back for a plan. */
export type UrgentAnswer =
  | { kind: 'plan'; view: PublishedView; clock: Clock }
  /** No plan, or none that this crew may open: the service tells both alike. */
  | { kind: 'none' }
  /** Closed to this crew, who may open it in an emergency; `why` is the service's sentence. */
  | { kind: 'shut'; plan: string; why: string }
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
  /** The one plan that this session was launched for. */
  onlyPlan?: string;
  /** Anybody may sign in as anybody here. */
  development?: boolean;
}

/** A request that took longer is given up; the page says so and offers to try again. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Asks for the urgent view of a plan. Never throws. */
export async function askUrgent(target: Target, signal: AbortSignal): Promise<UrgentAnswer> {
  try {
    const response = await request(addressOf(target), { signal, headers: headersOf(target) });
    if (response.status === 401) return { kind: 'signed-out' };
    if (response.status === 403) return refusal(target, parse(await response.text()));
    if (response.status === 404) return { kind: 'none' };
    if (!response.ok) return { kind: 'fault' };
    const clock = clockFrom(response.headers.get('coplan-now'), Date.now());
    return planOf(await response.text(), target, clock);
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
    const { user, development, only_plan } = (await response.json()) as {
      user: Me;
      development?: boolean;
      only_plan?: string | null;
    };
    return {
      ...user,
      ...(only_plan ? { onlyPlan: only_plan } : {}),
      ...(development ? { development } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Ends the session at the service. `false` if it did not confirm. */
export async function signOut(): Promise<boolean> {
  try {
    const response = await request('/api/sign-out', { method: 'POST' });
    return response.ok || response.status === 401;
  } catch {
    return false;
  }
}

interface Asked {
  method?: 'GET' | 'POST';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** One request, answered whole within `ANSWER_TIMEOUT_MS`. Throws where there is no answer. */
export async function request(
  address: string,
  { method = 'GET', body, headers = {}, signal }: Asked = {},
): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ANSWER_TIMEOUT_MS);
  const left = () => limit.abort();
  signal?.addEventListener('abort', left);
  try {
    const response = await fetch(address, {
      method,
      cache: 'no-store',
      signal: limit.signal,
      ...(body === undefined
        ? { headers }
        : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }),
    });
    // The body too must come within the time: a signal can go in the middle of an answer.
    return new Response(response.status === 204 ? null : await response.text(), response);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', left);
  }
}

function addressOf(target: Target): string {
  return target.plan === undefined
    ? '/api/urgent'
    : `/api/plans/${encodeURIComponent(target.plan)}/views/urgent`;
}

/** Whose plan, where it is not in the address: addresses stand in the logs of proxies. */
function headersOf(target: Target): Record<string, string> {
  return target.plan === undefined ? { 'x-nhs-number': target.nhsNumber } : {};
}

function planOf(text: string, target: Target, clock: Clock): UrgentAnswer {
  const view = readView(parse(text));
  return view && isOfTarget(view, target) ? { kind: 'plan', view, clock } : { kind: 'fault' };
}

/** Whether the view is that of the plan that is meant. */
export function isOfTarget(view: PublishedView, target: Target): boolean {
  return target.plan === undefined ? view.person.nhs_number === target.nhsNumber : view.plan === target.plan;
}

/** By a number nothing is told of why there is no plan; who was sent to a plan may be told that it can be opened. */
function refusal(target: Target, body: unknown): UrgentAnswer {
  const { remedies, detail } = (body ?? {}) as { remedies?: unknown; detail?: unknown };
  const mayOpen = Array.isArray(remedies) && remedies.includes('break-glass');
  if (target.plan === undefined || !mayOpen) return { kind: 'none' };
  return { kind: 'shut', plan: target.plan, why: typeof detail === 'string' ? detail : '' };
}

/** The JSON in `text`; `null` if it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
