/** Opening a plan that is closed to this crew, in an emergency and for a reason that is kept. */
import { parse, request } from './api';

/** It is open until then (RFC 3339), or why it is not. */
export type Opened =
  { until: string } | 'reason-required' | 'too-often' | 'not-allowed' | 'signed-out' | 'no-answer' | 'fault';

/** Breaks the glass. Never throws. */
export async function openInEmergency(plan: string, reason: string): Promise<Opened> {
  try {
    const body = { plan, kind: 'break-glass', reason };
    const response = await request('/api/relationships', { method: 'POST', body });
    const trouble = TROUBLES[response.status];
    if (trouble) return trouble;
    const { until } = (response.ok ? parse(await response.text()) : null) as { until?: unknown };
    return typeof until === 'string' ? { until } : 'fault';
  } catch {
    return 'no-answer';
  }
}

const TROUBLES: Record<number, Exclude<Opened, { until: string }>> = {
  401: 'signed-out',
  403: 'not-allowed',
  404: 'not-allowed',
  422: 'reason-required',
  429: 'too-often',
  500: 'fault',
  503: 'fault',
};
