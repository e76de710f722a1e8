import type { Contradiction } from '@coplan/care-plan/fields';
import { type Change, changesInWords } from './changesInWords';
import { missingRequired } from './missing';
import type { SectionStanding } from './useToSign';

/** A section as the sign page shows it: at the heads it had when the page was opened. */
export interface Frozen {
  standing: SectionStanding;
  heads: string[];
  /** What is different from what was last published; nothing if that is not on this device. */
  changes: Change[];
  missing: string[];
  /** What two people recorded differently and nobody has settled. */
  disputed: string[];
  /** Sentences about what cannot both be right, so that nobody may sign it. */
  blocked: string[];
  /** Sentences about what may not fit; it can be signed. */
  doubtful: string[];
  /** The words last published are not on this device, so all words are shown as new. */
  withoutComparison: boolean;
}

/** What waits for a signature, as it is now. */
export function freeze(standings: SectionStanding[], contradictions: Contradiction[]): Frozen[] {
  return standings.flatMap((standing) => {
    const { content, heads } = standing.document.state.value;
    if (!standing.changed || !content) return [];
    const { published } = standing.section;
    const before = published ? standing.document.at(published.heads) : undefined;
    return [
      {
        standing,
        heads,
        changes: changesInWords(standing.definition, before?.fields ?? {}, content.fields),
        missing: missingRequired(standing.definition, content.fields),
        disputed: standing.disputes.map(({ label }) => label),
        blocked: sentences(contradictions, standing.definition.id, 'blocks'),
        doubtful: sentences(contradictions, standing.definition.id, 'warning'),
        withoutComparison: published !== null && before === undefined,
      },
    ];
  });
}

const sentences = (all: Contradiction[], section: string, severity: Contradiction['severity']): string[] =>
  all
    .filter((one) => one.severity === severity && one.where.some((place) => place.section === section))
    .map(({ sentence }) => sentence);

/** Whether somebody with the right may sign it as it stands. */
export const isSignable = (one: Frozen): boolean =>
  one.standing.maySign && one.missing.length + one.disputed.length + one.blocked.length === 0;
