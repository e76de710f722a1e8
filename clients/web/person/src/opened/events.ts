/** What the person is told of who has opened their plan. */
import { type AuditEvent, formatTime } from '@coplan/care-plan/plan';

/** What was done, and what was not allowed. */
export function parted(events: AuditEvent[]): { done: AuditEvent[]; refused: AuditEvent[] } {
  return {
    done: events.filter(({ outcome }) => outcome !== 'refused'),
    refused: events.filter(({ outcome }) => outcome === 'refused'),
  };
}

/** How it stands out from what is usual. */
export type Mark = 'glass' | 'emergency' | null;

/** The plan opened against what is usual, or in an emergency. */
export function markOf({ action, connection, emergency }: AuditEvent): Mark {
  if (action === 'relationship:break-glass' || connection === 'break-glass') return 'glass';
  return emergency ? 'emergency' : null;
}

/** Who it was, unless it is the reader or the service itself: "Dr Amara Okonkwo, GP partner". */
export function whoWords({ name, job_title, sentence, connection }: AuditEvent): string {
  if (connection === 'own' || sentence.startsWith('You ')) return '';
  const parts = [name, job_title].filter((part) => part && !sentence.startsWith(part));
  return parts.join(', ');
}

/** The time of day in London. */
export function timeOf({ at }: AuditEvent): string {
  return formatTime(at);
}
