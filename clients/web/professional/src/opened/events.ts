/** What staff are told of who has opened a plan. */
import type { AuditEvent } from '@coplan/care-plan/plan';

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

/** Who it was, where the sentence does not say it. */
export function whoWords({ name, job_title, organisation }: AuditEvent): string {
  return [name, job_title, organisation].filter(Boolean).join(', ');
}
