/** Who has opened a plan, and what was refused, as the server says. */
import { formatMoment } from '@coplan/care-plan/plan';
import { paths, type PlanId } from '../api';

export interface AuditEvent {
  id: string | number;
  at: string;
  sentence: string;
  action: string;
  outcome: 'allowed' | 'refused';
  name: string | null;
  job_title: string | null;
  organisation: string | null;
  connection: string;
  emergency: boolean;
  reason: string | null;
}

export interface AuditEvents {
  events: AuditEvent[];
  next: string | number | null;
}

export interface DayOfEvents {
  day: string;
  events: AuditEvent[];
}

/** So many events are asked for at a time. */
const PAGE = 50;

export function auditPath(plan: PlanId, before?: string | number | null): string {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (before !== undefined && before !== null) query.set('before', String(before));
  return `${paths.plan(plan)}/audit?${query}`;
}

/** Which of them somebody wants to see. */
export type Shown = 'all' | 'refused' | 'emergency';

export const shownWords: Record<Shown, string> = {
  all: 'Everything',
  refused: 'Only what was refused',
  emergency: 'Only emergencies',
};

export function shownOf(events: AuditEvent[], shown: Shown): AuditEvent[] {
  if (shown === 'refused') return events.filter(({ outcome }) => outcome === 'refused');
  return shown === 'emergency' ? events.filter(({ emergency }) => emergency) : events;
}

/** By day in London, in the order in which they came. */
export function byDay(events: AuditEvent[]): DayOfEvents[] {
  const days: DayOfEvents[] = [];
  for (const event of events) {
    const day = formatMoment(event.at).split(',')[0] ?? '';
    const last = days.at(-1);
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}

/** Who it was, where the sentence does not say it. */
export function whoWords({ name, job_title, organisation }: AuditEvent): string {
  return [name, job_title, organisation].filter(Boolean).join(', ');
}
