import { isDecided, type Section } from '@coplan/care-plan/plan';
import { type OpenPlan, toldOf, useOpenPlan } from '../openPlan';
import { type SectionStanding, useStandings } from '../signing/useToSign';
import { count, standingWords } from './standingWords';

/** A section in the list of sections, however much of it one reads. */
export interface NavEntry {
  id: string;
  title: string;
  definition: Section;
  /** Set where one syncs the section. */
  standing: SectionStanding | undefined;
  /** One may propose a change to somebody who writes it. */
  maySuggest: boolean;
  /** How it stands, as a sign and a few words that say the same. */
  icon: string;
  words: string;
}

export interface NavGroup {
  title: string;
  entries: NavEntry[];
}

/** Every section of the plan that one may read, in the order of the list: by group, and there by definition. */
export function useNavEntries(): NavEntry[] {
  const open = useOpenPlan();
  const standings = useStandings();
  const entries = open.definitions.flatMap((definition) => {
    const standing = standings.find((one) => one.definition.id === definition.id);
    const published = open.plan.published_only.find(({ section }) => section === definition.id);
    if (!standing && !(published && isWorthListing(open, definition))) return [];
    const maySuggest = (standing?.section ?? published)?.may_suggest === true;
    return [
      {
        id: definition.id,
        title: definition.title,
        definition,
        standing,
        maySuggest,
        ...words(open, definition, standing),
      },
    ];
  });
  return inGroups(entries).flatMap((group) => group.entries);
}

function words(
  open: OpenPlan,
  definition: Section,
  standing: SectionStanding | undefined,
): { icon: string; words: string } {
  if (isDecided(definition) && open.decisions.body) return decidedWords(open, definition);
  if (isDecided(definition)) return publishedWords(open, definition);
  if (standing) return standingWords(standing);
  return publishedWords(open, definition);
}

function publishedWords(open: OpenPlan, definition: Section): { icon: string; words: string } {
  const disputed = toldOf(open.conflicts.body, definition.id).length;
  if (disputed > 0) return { icon: '▲', words: `${count(disputed, 'dispute')}, as published` };
  const there = open.view.body?.sections.some(({ section }) => section === definition.id);
  return there ? { icon: '●', words: 'As published' } : { icon: '○', words: 'Nothing published yet' };
}

/** A pathway that this plan does not follow, or a section that is never published, is nothing to read. */
function isWorthListing({ view }: OpenPlan, { id, pathway, audiences }: Section): boolean {
  return (
    view.body?.sections.some(({ section }) => section === id) || (pathway === null && audiences.length > 0)
  );
}

function decidedWords(
  { decisions, waiting }: OpenPlan,
  definition: Section,
): { icon: string; words: string } {
  const kinds =
    decisions.body?.kinds.filter(({ kind }) => definition.fields.some(({ id }) => id === kind)) ?? [];
  const disputed = kinds.filter((kind) => kind.disputed).length;
  const kept = waiting.all.value.length;
  if (disputed > 0) return { icon: '▲', words: `${disputed} disputed` };
  if (kept > 0) return { icon: '▲', words: `${kept} not in force yet` };
  const standing = kinds.flatMap(({ records }) => records).filter(({ state }) => state === 'current').length;
  return standing > 0 ? { icon: '●', words: `${standing} in force` } : { icon: '○', words: 'None recorded' };
}

/** The groups of the list. A definition says by itself where it belongs. */
export function inGroups(entries: NavEntry[]): NavGroup[] {
  const groups = new Map<string, NavEntry[]>();
  for (const entry of entries) {
    const title = groupOf(entry.definition);
    groups.set(title, [...(groups.get(title) ?? []), entry]);
  }
  return [...groups].map(([title, members]) => ({ title, entries: members }));
}

function groupOf(section: Section): string {
  if (section.pathway !== null) return 'Pathways';
  if (isDecided(section)) return 'Decisions';
  if (section.writes.includes('person')) return 'With the person';
  return section.audiences.includes('emergency') ? 'Health and care' : 'For the team';
}
