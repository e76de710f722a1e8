/** Goals as the published plan tells them, with what others do towards each, and how sure the person has been. */
import type { History, ListItem, ViewField, ViewSection } from '@coplan/care-plan/plan';

/** Where goals stand: the section, its list of goals, and the list of what somebody does for them. */
export const GOALS = {
  section: 'goals',
  list: 'goals',
  actions: 'actions',
  confidence: 'confidence',
} as const;

/** One goal. */
export interface Goal {
  id: string;
  words: string;
  /** "Working on it". */
  state: string;
  /** "1 April 2027". */
  by: string;
  detail: string;
  importance: number | null;
  confidence: number | null;
  actions: Action[];
  /** The item as it was published, for what people disagree about. */
  item: ListItem;
}

/** What somebody does. */
export interface Action {
  id: string;
  what: string;
  who: string;
  when: string;
  state: string;
}

/** The goals of a section, and what is done for none of them by name. */
export function goalsOf(section: ViewSection): { goals: Goal[]; others: Action[] } {
  const actions = itemsOf(section, GOALS.actions).map((item) => ({
    action: actionOf(item),
    aim: text(item, 'for_goal'),
  }));
  const goals = itemsOf(section, GOALS.list).map((item) => {
    const words = text(item, 'goal');
    const own = actions.filter(({ aim }) => isAbout(aim, words));
    return {
      id: item.id,
      words,
      state: text(item, 'state'),
      by: text(item, 'by'),
      detail: text(item, 'detail'),
      importance: number(item, 'importance'),
      confidence: number(item, GOALS.confidence),
      actions: own.map(({ action }) => action),
      item,
    };
  });
  const others = actions.filter(({ aim }) => !goals.some(({ words }) => isAbout(aim, words)));
  return { goals, others: others.map(({ action }) => action) };
}

/** What of the section stands neither with a goal nor among what is done. */
export function besideGoals(section: ViewSection): ViewField[] {
  return section.fields.filter(({ field }) => field !== GOALS.list && field !== GOALS.actions);
}

/** An action names its goal by the words of it, or the beginning of them. */
function isAbout(aim: string, goal: string): boolean {
  const plain = (words: string) => words.trim().toLocaleLowerCase('en-GB');
  return aim.trim() !== '' && (plain(goal).startsWith(plain(aim)) || plain(aim).startsWith(plain(goal)));
}

function actionOf(item: ListItem): Action {
  const who = [text(item, 'who'), text(item, 'team')].filter(Boolean).join(', ');
  const when = text(item, 'when') || text(item, 'due');
  return { id: item.id, what: text(item, 'what'), who, when, state: text(item, 'state') };
}

function itemsOf(section: ViewSection, list: string): ListItem[] {
  const field = section.fields.find((one) => one.field === list);
  return field && 'items' in field ? field.items : [];
}

function text({ fields }: ListItem, id: string): string {
  const field = fields.find((one) => one.field === id);
  return field && 'display' in field && !field.disputed ? field.display : '';
}

function number(item: ListItem, id: string): number | null {
  const value = Number(text(item, id));
  return Number.isInteger(value) && value > 0 ? value : null;
}

/** How sure somebody was, and when they said so. */
export interface Moment {
  at: string;
  value: number;
}

/** How sure the person has been of each goal, by its id, the oldest first. */
export function confidenceIn({ entries }: Pick<History, 'entries'>, label: string): Map<string, Moment[]> {
  const told = new Map<string, Moment[]>();
  for (const entry of [...entries].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    for (const { path, after } of entry.differences) {
      const [list, goal, field] = path.split('.');
      if (list !== GOALS.list || goal === undefined || after === null) continue;
      const value =
        field === undefined ? addedWith(after, label) : field === GOALS.confidence ? Number(after) : NaN;
      if (Number.isFinite(value)) told.set(goal, [...(told.get(goal) ?? []), { at: entry.at, value }]);
    }
  }
  return told;
}

/** A new goal is told of as a whole: "Goal or hope: …; How sure I am that I can do it: 4; …". */
function addedWith(words: string, label: string): number {
  const part = words.split('; ').find((one) => one.startsWith(`${label}: `));
  return part === undefined ? NaN : Number(part.slice(label.length + 2));
}
