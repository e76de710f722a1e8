/** Who has opened a plan, and what was refused, as the service says. */
import { formatMoment } from './format';

/** One thing that was done, or that somebody was not allowed to do. */
export interface AuditEvent {
  id: number;
  at: string;
  /** What happened, in words: "Three Rivers Ambulance Service opened your plan in an emergency". */
  sentence: string;
  action: string;
  outcome: 'allowed' | 'refused';
  name: string | null;
  job_title: string | null;
  organisation: string | null;
  connection: string | null;
  emergency: boolean;
  reason: string | null;
}

export interface AuditEvents {
  events: AuditEvent[];
  /** Where the older ones begin. */
  next: number | null;
}

export interface DayOfEvents {
  /** `22 November 2026`. */
  day: string;
  events: AuditEvent[];
}

/** So many are asked for at a time. */
const EVENTS_AT_ONCE = 50;

/** Where to ask for the events of a plan, which stands at this path: the newest, or those before `before`. */
export function auditPath(plan: string, before: number | null): string {
  const query = new URLSearchParams({ limit: String(EVENTS_AT_ONCE) });
  if (before !== null) query.set('before', String(before));
  return `${plan}/audit?${query}`;
}

/** What was done, by day in London, the newest first. */
export function byDay(events: AuditEvent[]): DayOfEvents[] {
  const days: DayOfEvents[] = [];
  for (const event of [...events].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))) {
    const day = formatMoment(event.at).split(',')[0] ?? event.at;
    const last = days.at(-1);
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}
