import { read } from '@coplan/care-plan/sync';
import { items } from '@coplan/care-plan/fields';

/** The section of tasks, and its list of them. */
export const TASKS = 'tasks';

/** States after which nobody has to do anything. */
const ENDED = new Set(['completed', 'cancelled', 'failed', 'entered-in-error']);

export interface OpenTask {
  id: string;
  what: string;
  owner: string;
  team: string;
  /** `YYYY-MM-DD`. */
  due: string | undefined;
}

/** The tasks of a list that are still to be done, the most pressing first; without a date last. */
export function openTasks(list: unknown): OpenTask[] {
  const tasks = items(list)
    .filter(([, item]) => item.removed === undefined && !ENDED.has(text(item.state)))
    .map(([id, item]) => ({
      id,
      what: text(item.what) || 'Task without words yet',
      owner: text(item.owner),
      team: text(item.team),
      due: text(item.due) || undefined,
    }));
  return tasks.sort((a, b) =>
    (a.due ?? '9') < (b.due ?? '9') ? -1 : (a.due ?? '9') > (b.due ?? '9') ? 1 : 0,
  );
}

const text = (stored: unknown): string => String(read(stored) ?? '');

/** A day as documents hold it, by the calendar of where the reader is. */
export function today(now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
