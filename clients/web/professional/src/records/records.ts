import type { Author } from '@coplan/care-plan/plan';

/** What came of an import in one section; the details for whoever may read the section. */
export interface ImportedSection {
  section: string;
  added: number;
  refreshed: number;
  removed: number;
  left_alone: number;
  details?: { left: LeftAlone[] };
}

/** Something that an import did not touch although the record says otherwise. */
export interface LeftAlone {
  path: string;
  name: string;
  reason: string;
  differences: { label: string; here: string; there: string }[];
}

export interface Import {
  id: string;
  made_at: string;
  by: Author;
  source: string;
  record: string;
  sections: ImportedSection[];
}

export interface Imports {
  imports: Import[];
  sources: string[];
  may_import: boolean;
}

export interface Attachment {
  id: string;
  title: string;
  organisation: string;
  dated: string;
  record: string;
  added_at: string;
}

export interface Attachments {
  attachments: Attachment[];
}

const RECORDS: Record<string, string> = {
  'gp-record': 'GP record',
  'shared-record': 'shared care record',
  'hospital-record': 'hospital record',
};

/** What people call a record of this sort. */
export const recordWords = (record: string): string => RECORDS[record] ?? 'another record';

const REASONS: Record<string, string> = {
  'edited-here': 'changed here since, so it was left as it is',
  'removed-here': 'removed here, so it was not brought back',
  'written-here': 'written down here already, and left as it is',
  'gone-and-edited-here': 'not in the record any more; changed here, so it stays',
  'none-left':
    'not in the record any more, which does not say that there are no allergies; it stays until somebody has asked',
  'allergies-here': 'the record says that there are none; allergies are recorded here',
  'not-to-be-given': 'the record says that this is not to be given; it was not taken over as a medicine',
  unusable: 'one entry does not fit into the plan; look in the record itself',
};

/** Why something was left alone, in words. */
export const reasonWords = (reason: string): string => REASONS[reason] ?? 'left as it is';

/** `3 new, 1 changed, 1 removed`, or that there was nothing new. */
export function countWords(sections: ImportedSection[]): string {
  const sum = (of: (section: ImportedSection) => number) =>
    sections.reduce((total, section) => total + of(section), 0);
  const counts: [number, string][] = [
    [sum(({ added }) => added), 'new'],
    [sum(({ refreshed }) => refreshed), 'changed'],
    [sum(({ removed }) => removed), 'removed'],
  ];
  const said = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return said.length > 0 ? said.join(', ') : 'nothing new';
}
