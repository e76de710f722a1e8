import type { ConnectionState } from './connection';

/** The one thing a page says about saving. It is derived from facts below, never set. */
export type SaveStatus =
  | { kind: 'saved' }
  | { kind: 'saving' }
  | { kind: 'offline'; waiting: number }
  | { kind: 'not-saved'; reason: string; remedy: string; section?: string };

/** What is true of one section's document on this device. */
export interface SectionFacts {
  section: string;
  title: string;
  /** Changes of this device that the hub has not acknowledged. */
  waiting: number;
  /** Why the hub refused a change of this device. */
  refused?: { reason: string } | undefined;
}

/** What is true of one field that is being filled in. */
export interface Draft {
  label: string;
  /** What is wrong with it, as words that follow its label; nothing if it is only not finished. */
  fault?: string | undefined;
}

/** What a page can truly say, worst first: a refusal, a lost session, a fault, no network, work under way, all stored. */
export function saveStatus(
  connection: ConnectionState,
  sections: SectionFacts[],
  drafts: Draft[],
): SaveStatus {
  const waiting = sections.reduce((sum, section) => sum + section.waiting, 0);
  const refused = sections.find((section) => section.refused);
  if (refused?.refused) {
    return {
      kind: 'not-saved',
      reason: `${refused.title}: ${refused.refused.reason}`,
      remedy: 'Your words are kept below: copy them, then use the team’s version.',
      section: refused.section,
    };
  }
  if (connection === 'signed-out') {
    const kept = waiting ? `${changes(waiting)} kept on this device.` : 'Nothing is lost.';
    return { kind: 'not-saved', reason: 'you have been signed out', remedy: `Sign in again. ${kept}` };
  }
  const faulty = drafts.find((draft) => draft.fault);
  if (faulty?.fault) {
    return {
      kind: 'not-saved',
      reason: `${faulty.label} ${faulty.fault}`,
      remedy: 'Correct it, or press Escape to undo.',
    };
  }
  if (connection === 'offline') return { kind: 'offline', waiting: waiting + drafts.length };
  if (waiting > 0 || drafts.length > 0) return { kind: 'saving' };
  return { kind: 'saved' };
}

/** The words of a status. */
export function statusWords(status: SaveStatus): string {
  switch (status.kind) {
    case 'saved':
      return 'Saved';
    case 'saving':
      return 'Saving';
    case 'offline':
      return status.waiting === 0
        ? 'Offline, nothing waiting'
        : `Offline, ${changes(status.waiting)} waiting`;
    case 'not-saved':
      return `Not saved: ${status.reason}`;
  }
}

const changes = (count: number): string => (count === 1 ? '1 change' : `${count} changes`);
