import { type Change, changesInWords } from './changesInWords';
import { disputes } from './disputes';
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
  /** The words last published are not on this device, so all words are shown as new. */
  withoutComparison: boolean;
}

/** What waits for a signature, as it is now. */
export function freeze(standings: SectionStanding[]): Frozen[] {
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
        disputed: disputes(standing.definition, content),
        withoutComparison: published !== null && before === undefined,
      },
    ];
  });
}
