/** The server's JSON interface, typed, as far as the staff app uses it. */
import type { Role, Section, SignOff } from '@coplan/care-plan/plan';

export type PlanId = string & { readonly __planId: unique symbol };
export type SectionId = string;

export interface User {
  id: string;
  name: string;
  kind: 'staff' | 'person' | 'crew';
  role: Role;
  job_title: string;
  organisation: string;
  organisation_code: string;
  registration?: string | null;
  senior?: boolean;
}

export interface Me {
  user: User;
  expires_at: string;
  /** The sign-in is the development one. */
  development?: boolean;
  /** One of several roles has to be chosen first. */
  role_required?: boolean;
  roles?: unknown[];
  /** The one plan that the session was opened for, from another record. */
  only_plan?: PlanId | null;
  via?: 'development' | 'oidc' | 'passkey' | 'smart' | 'launch-token';
}

/** Whether the session was begun from another record, and is about whomever that has open. */
export const isLaunched = ({ via, only_plan }: Me): boolean =>
  via === 'smart' || via === 'launch-token' || Boolean(only_plan);

export interface Person {
  nhs_number: string;
  name: string;
  preferred_name: string | null;
  born: string;
}

export interface PlanSummary {
  id: PlanId;
  person: Person;
  version: number;
  published_at: string | null;
  changed_at: string | null;
}

export interface Signature {
  by: string;
  job_title: string;
  organisation: string;
  at: string;
}

export interface Published {
  version: number;
  at: string;
  heads: string[];
  signed: Signature | null;
}

export interface PlanSection {
  section: SectionId;
  title: string;
  url: string;
  access: 'write' | 'read';
  sign_off: SignOff;
  may_sign: boolean;
  may_suggest?: boolean;
  /** Names of those who act for the person and from whom the person keeps it. */
  kept_from?: string[];
  published: Published | null;
}

/** A section of which one reads what is published, and no more. */
export interface PublishedOnly {
  section: SectionId;
  title: string;
  may_suggest?: boolean;
}

/** A section that the plan could have and has not. */
export interface Offered {
  section: SectionId;
  title: string;
  summary: string;
  pathway: string | null;
}

export interface Plan {
  id: PlanId;
  person: Person;
  version: number;
  sections: PlanSection[];
  published_only: PublishedOnly[];
  offered?: Offered[];
  /** By what one is connected to it: `care-team`, `asserted`, `break-glass`. */
  connection?: string;
  /** When that ends, if it does by itself. */
  until?: string | null;
  banner?: Banner | null;
  /** Where the person lives is withheld. */
  withheld?: boolean;
}

/** What whoever has the plan open must know of their way to it. */
export interface Banner {
  kind: 'break-glass' | 'objection' | 'restricted';
  sentence: string;
}

export interface Publication {
  version: number;
  published_at: string;
  sections: { section: SectionId; heads: string[]; sign_off: SignOff; signed: Signature | null }[];
}

export interface Quarantined {
  section: SectionId;
  hash: string;
  code: string;
  reason: string;
  text: string;
  by: string;
  organisation: string;
  received_at: string;
  /** Names it, for putting it away. */
  id: string;
  state?: 'open' | 'salvaged' | 'discarded';
}

/** The server's answer when it says no (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(String(body.detail ?? body.title ?? `the server answered ${status}`));
    this.status = status;
    this.code = String(body.code ?? '');
    this.body = body;
  }
}

/** The server could not be reached. */
export class Unreachable extends Error {}

/** How long an answer may take before the server counts as unreachable. */
const ANSWER_TIMEOUT_MS = 10_000;

async function ask(path: string, init: RequestInit = {}, timeout = ANSWER_TIMEOUT_MS): Promise<unknown> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(timeout);
    response = await fetch(path, {
      ...init,
      signal,
      headers: { accept: 'application/json', ...init.headers },
    });
  } catch {
    throw new Unreachable('the server cannot be reached');
  }
  const text = await response.text();
  const body: unknown =
    text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  if (response.ok) return body;
  // What stands between here and the service answers without a code of ours; the service itself says what is the matter.
  const isOurs = typeof (body as { code?: unknown } | undefined)?.code === 'string';
  const away = response.status >= 502 && response.status <= 504;
  if (away && (!isOurs || response.status !== 502)) throw new Unreachable('the server cannot be reached');
  throw new Problem(response.status, (body ?? {}) as Record<string, unknown>);
}

/** How long an answer may take for which the service asks another record, which it gives less time. */
export const ASKS_ANOTHER_MS = 28_000;

/** Sends a command to a path of the interface. */
export const post = (path: string, body?: unknown, timeout?: number): Promise<unknown> =>
  ask(
    path,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}) },
    timeout,
  );

/** Puts something at a path of the interface. */
export const put = (path: string, body?: unknown): Promise<unknown> =>
  ask(path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });

/** Takes away what stands at a path of the interface. */
export const remove = (path: string): Promise<unknown> => ask(path, { method: 'DELETE' });

/** Reads a path of the interface. */
export const get = ask as (path: string) => Promise<unknown>;

export const paths = {
  me: '/api/me',
  sections: '/api/sections',
  plans: '/api/plans?limit=500',
  plan: (plan: PlanId): string => `/api/plans/${plan}`,
  quarantine: (plan: PlanId): string => `/api/plans/${plan}/quarantine`,
  decisions: (plan: PlanId): string => `/api/plans/${plan}/decisions`,
  conflicts: (plan: PlanId): string => `/api/plans/${plan}/conflicts`,
  suggestions: (plan: PlanId): string => `/api/plans/${plan}/suggestions`,
  authors: (plan: PlanId, section: SectionId): string => `/api/plans/${plan}/sections/${section}/authors`,
  view: (plan: PlanId, view: string): string => `/api/plans/${plan}/views/${view}`,
  publications: (plan: PlanId): string => `/api/plans/${plan}/publications`,
  look: (plan: PlanId): string => `/api/plans/${plan}/look`,
  undo: (plan: PlanId): string => `/api/plans/${plan}/undo`,
  relationships: '/api/relationships',
  team: (plan: PlanId): string => `/api/plans/${plan}/team`,
  organisations: '/api/organisations',
  sharing: (plan: PlanId): string => `/api/plans/${plan}/sharing`,
  objections: (plan: PlanId): string => `/api/plans/${plan}/sharing/objections`,
  vault: (plan: PlanId): string => `/api/plans/${plan}/vault`,
  imports: (plan: PlanId): string => `/api/plans/${plan}/imports`,
  attachments: (plan: PlanId): string => `/api/plans/${plan}/attachments`,
  launch: '/api/launch',
};

export interface Sections {
  sections: Section[];
}

export async function startPlan(nhsNumber: string): Promise<Plan> {
  return (await post('/api/plans', { nhs_number: nhsNumber })) as Plan;
}

/** Starts a section that the plan has not: a pathway. */
export async function startSection(plan: PlanId, section: SectionId): Promise<PlanSection> {
  return (await post(`${paths.plan(plan)}/sections`, { section })) as PlanSection;
}

export async function publish(
  plan: PlanId,
  sections: { section: SectionId; heads: string[] }[],
): Promise<Publication> {
  return (await post(`/api/plans/${plan}/publications`, { sections })) as Publication;
}

export async function signOut(): Promise<void> {
  await post('/api/sign-out');
}

/** Whoever the page was opened as. */
let openedAs: string | undefined;

/**
 * Whether the session still stands; rejects if the server cannot be reached. Where another tab has chosen another role, or
 * somebody else has signed in, this page is not theirs and opens anew.
 */
export async function sessionStands(): Promise<boolean> {
  try {
    const { user } = (await ask(paths.me)) as Me;
    const now = JSON.stringify([user.id, user.role, user.organisation_code]);
    openedAs ??= now;
    if (now !== openedAs) window.location.reload();
    return true;
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) return false;
    throw problem;
  }
}
