/** Who may see a plan, as the service says: what the person objects to, what they chose, what is withheld about them. */
import type { Author } from './author';

export type Grade = 'emergency-only' | 'refused';

/** An objection that stands. */
export interface Objection {
  id: string;
  grade: Grade;
  reason: string;
  from: string;
  until: string | null;
  by: Author | null;
}

/** What the person chose among their decisions, where it narrows who may see the plan. */
export interface SharingChoice {
  /** `none`: nobody beyond the team. */
  choice: 'emergency-only' | 'named-organisations' | 'none';
  /** Names of those that were named. */
  organisations: string[];
  /** Names that were named and that nobody here has: they let nobody in. */
  unknown: string[];
  until: string | null;
  /** Ids of the decisions that say so. */
  decisions: string[];
  may_withdraw: boolean;
}

/** Somebody who acts for the person. */
export interface Acting {
  account: string;
  name: string;
  /** Why they act, in words: "Daughter, asked to help with the plan". */
  basis: string;
  until: string;
  /** Ids of sections that the person keeps from them. */
  kept: string[];
}

/** A section of the plan that the person may keep from those who act for them. */
export interface Keepable {
  section: string;
  title: string;
}

/** How many of those whom it is about: what the rules say, all of it considered. */
export type HowMany = 'all' | 'some' | 'none';

export interface Sharing {
  /** Which ambulance services and hospitals read the page for emergencies. */
  crews: HowMany;
  /** Which organisations of the care team open the plan. */
  team: HowMany;
  objections: Objection[];
  choice: SharingChoice | null;
  restriction: null | 'restricted' | 'very-restricted';
  may_set: boolean;
  /** Those who act for the person now; one of them is told of themselves alone. */
  acting: Acting[];
  /** In the order of the plan. */
  keepable: Keepable[];
  /** Whether the reader may keep sections from those who act: the person alone may. */
  may_keep: boolean;
}

/** Titles of what the person keeps from one who acts for them. */
export const keptTitles = ({ keepable }: Pick<Sharing, 'keepable'>, { kept }: Acting): string[] =>
  keepable.filter(({ section }) => kept.includes(section)).map(({ title }) => title);

/** What to know of names that nobody has; nothing if all are known. */
export function unknownWords({ unknown }: Pick<SharingChoice, 'unknown'>): string | undefined {
  if (unknown.length === 0) return undefined;
  const names = unknown.map((name) => `“${name}”`);
  const list = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names);
  return `No organisation here is called ${list}. Whoever is meant does not see the plan until the decision has the name that Coplan knows, or the code.`;
}

/** The last day, `YYYY-MM-DD`, on which a choice among the decisions holds: they end at the end of a day in London. */
export const lastDayOf = (until: string): string =>
  new Date(Date.parse(until) - 1).toISOString().slice(0, 10);

/** The moment so many months from `now`; none for no months. The last day of a shorter month stands for a longer one's. */
export function monthsAfter(months: number, now: number): string | undefined {
  if (months === 0) return undefined;
  const end = new Date(now);
  const day = end.getUTCDate();
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + months);
  const days = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(day, days));
  return end.toISOString();
}
