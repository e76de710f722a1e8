/** What a crew saw in one emergency, and the exact bytes of it. */
import { readView, type PublishedView } from '@coplan/care-plan/plan';
import { parse, request } from './api';

/** One look at a plan. */
export interface RunRead {
  /** RFC 3339, UTC. */
  at: string;
  plan: string;
  /** Of the publication. */
  version: number;
  view: string;
  /** Of the bytes that were shown, in hex. */
  sha256: string;
  by: { name: string; job_title: string; organisation: string };
}

/** Why there is nothing to show. */
export type RunTrouble = 'none' | 'signed-out' | 'no-answer' | 'fault';

/** The looks at plans in a job, oldest first. */
export async function askRun(job: string): Promise<RunRead[] | RunTrouble> {
  const text = await textOf(`/api/runs/${encodeURIComponent(job)}`);
  if (typeof text !== 'object') return text;
  const { reads } = (parse(text.body) ?? {}) as { reads?: RunRead[] };
  return Array.isArray(reads) ? reads : 'fault';
}

/** The view as it was shown then; `fault` if the bytes are others. Never kept on the device. */
export async function askSeen({ plan, version, sha256 }: RunRead): Promise<PublishedView | RunTrouble> {
  const text = await textOf(`/api/plans/${encodeURIComponent(plan)}/views/urgent?version=${version}`);
  if (typeof text !== 'object') return text;
  const view = readView(parse(text.body));
  if (view?.plan !== plan || view.version !== version) return 'fault';
  return (await isDigest(text.body, sha256)) ? view : 'fault';
}

async function textOf(address: string): Promise<{ body: string } | RunTrouble> {
  try {
    const response = await request(address);
    if (response.status === 401) return 'signed-out';
    if (response.status === 403 || response.status === 404) return 'none';
    return response.ok ? { body: await response.text() } : 'fault';
  } catch {
    return 'no-answer';
  }
}

async function isDigest(text: string, sha256: string): Promise<boolean> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex === sha256;
}
