/** Who has opened a plan, and what was refused, as the service says. */
import { formatMoment, formatTime } from '@coplan/care-plan/plan';
import { paths } from '../api';

/** One thing that was done, or that somebody was not allowed to do. */
export interface OpenedEvent {
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

export interface OpenedEvents {
  events: OpenedEvent[];
  /** Where the older ones begin. */
  next: number | null;
}

export interface Day {
  /** `22 November 2026`. */
  day: string;
  events: OpenedEvent[];
}

/** So many are asked for at a time. */
const EVENTS_AT_ONCE = 50;

/** Where to ask for them: the newest, or those before `before`. */
export function eventsPath(plan: string, before: number | null): string {
  const query = new URLSearchParams({ limit: String(EVENTS_AT_ONCE) });
  if (before !== null) query.set('before', String(before));
  return `${paths.plan(plan)}/audit?${query}`;
}

/** What was done, by day in London, the newest first. */
export function byDay(events: OpenedEvent[]): Day[] {
  const days: Day[] = [];
  for (const event of [...events].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))) {
    const day = dayOf(event.at);
    const last = days.at(-1);
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}

/** What was done, and what was not allowed. */
export function parted(events: OpenedEvent[]): { done: OpenedEvent[]; refused: OpenedEvent[] } {
  return {
    done: events.filter(({ outcome }) => outcome !== 'refused'),
    refused: events.filter(({ outcome }) => outcome === 'refused'),
  };
}

/** How it stands out from what is usual. */
export type Mark = 'glass' | 'emergency' | null;

/** The plan opened against what is usual, or in an emergency. */
export function markOf({ action, connection, emergency }: OpenedEvent): Mark {
  if (action === 'relationship:break-glass' || connection === 'break-glass') return 'glass';
  return emergency ? 'emergency' : null;
}

/** Who it was, unless it is the reader or the service itself: "Dr Amara Okonkwo, GP partner". */
export function whoWords({ name, job_title, sentence, connection }: OpenedEvent): string {
  if (connection === 'own' || sentence.startsWith('You ')) return '';
  const parts = [name, job_title].filter((part) => part && !sentence.startsWith(part));
  return parts.join(', ');
}

/** The time of day in London. */
export function timeOf({ at }: OpenedEvent): string {
  return formatTime(at);
}

function dayOf(at: string): string {
  return formatMoment(at).split(',')[0] ?? at;
}
