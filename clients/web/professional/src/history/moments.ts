import { type Entry, formatDate, formatMoment } from '@coplan/care-plan/plan';
import type { Publication } from '../api';

/** A real moment of a plan: a version, or the end of a day on which something changed. */
export interface Moment {
  /** As the server is asked for it: a time, `version:3`, or `now`. */
  key: string;
  /** RFC 3339; nothing for now. */
  at: string | undefined;
  label: string;
  /** What happened until then since the moment before. */
  entries: Entry[];
}

const DAY_CHARS = 'YYYY-MM-DD'.length;

/** The moments of a plan from the oldest to now, each with what had happened since the one before. */
export function momentsOf(
  publications: Pick<Publication, 'version' | 'published_at'>[],
  entries: Entry[],
): Moment[] {
  const versions = publications.map(({ version, published_at }) => ({
    key: `version:${version}`,
    at: published_at,
    label: `Version ${version}, ${formatMoment(published_at)}`,
  }));
  const lastOfDay = new Map<string, string>();
  for (const { at } of entries) {
    const day = at.slice(0, DAY_CHARS);
    if ((lastOfDay.get(day) ?? '') < at) lastOfDay.set(day, at);
  }
  const taken = new Set(versions.map(({ at }) => at));
  const days = [...lastOfDay]
    .filter(([, at]) => !taken.has(at))
    .map(([day, at]) => ({ key: at, at, label: `${formatDate(day)}, last change of the day` }));
  const past = [...versions, ...days].sort((a, b) => (a.at < b.at ? -1 : 1));
  const moments = [...past, { key: 'now', at: undefined, label: 'Now' }];
  return moments.map((moment, index) => {
    const from = moments[index - 1]?.at ?? '';
    const until = moment.at;
    const within = ({ at }: Entry) => at > from && (until === undefined || at <= until);
    return { ...moment, entries: entries.filter(within) };
  });
}
