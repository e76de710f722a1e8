/**
 * Codes at the door. INVARIANT: what is read here is never kept: not on the device, not in the history, not in an address.
 * Every question leaves a record at the service, so none is asked before somebody asks for it.
 */
import { parse, request } from './api';

/** One thing that can be revealed. */
export interface VaultItem {
  kind: string;
  /** What people call it. */
  label: string;
}

/** Why there is nothing to show. */
export type VaultTrouble = 'none' | 'not-allowed' | 'signed-out' | 'no-answer' | 'fault';

/** What can be revealed of a plan; never what it is. */
export async function askVault(plan: string): Promise<VaultItem[] | VaultTrouble> {
  const body = await answered(() => request(addressOf(plan)));
  if (typeof body === 'string') return body;
  const { items } = body as { items?: VaultItem[] };
  if (!Array.isArray(items)) return 'fault';
  return items.length > 0 ? items : 'none';
}

/** A value, and how long it may stand on the screen. */
export interface Revealed {
  value: string;
  hideAfterS: number;
}

/** One value. The service keeps who looked, when and for what. */
export async function reveal(
  plan: string,
  kind: string,
  job: string | null,
): Promise<Revealed | VaultTrouble> {
  const reason = job === null ? REASON : `${REASON}, job ${job}`;
  const address = `${addressOf(plan)}/${encodeURIComponent(kind)}/reveal`;
  const body = await answered(() => request(address, { method: 'POST', body: { reason } }));
  if (typeof body === 'string') return body;
  const { value, hide_after_s } = body as { value?: unknown; hide_after_s?: unknown };
  if (typeof value !== 'string') return 'fault';
  const hideAfterS = typeof hide_after_s === 'number' ? Math.min(hide_after_s, SHOWN_S_MAX) : SHOWN_S_MAX;
  return { value, hideAfterS };
}

async function answered(ask: () => Promise<Response>): Promise<object | VaultTrouble> {
  try {
    const response = await ask();
    if (response.status === 401) return 'signed-out';
    if (response.status === 403) return 'not-allowed';
    if (response.status === 404) return 'none';
    const body = response.ok ? parse(await response.text()) : null;
    return typeof body === 'object' && body !== null ? body : 'fault';
  } catch {
    return 'no-answer';
  }
}

function addressOf(plan: string): string {
  return `/api/plans/${encodeURIComponent(plan)}/vault`;
}

const REASON = 'At the door';
/** Longest time that a value stands on the screen, in seconds. */
const SHOWN_S_MAX = 60;
