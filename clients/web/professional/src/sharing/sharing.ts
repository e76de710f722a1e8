/** What a person does not want, and what is withheld about them, as the server says. */
import { type Author, formatMoment } from '@coplan/care-plan/plan';

export type Grade = 'emergency-only' | 'refused';

export interface Objection {
  id: string;
  grade: Grade;
  reason: string;
  from: string;
  until: string | null;
  by: Author;
}

export interface Sharing {
  objections: Objection[];
  restriction: null | 'restricted' | 'very-restricted';
  may_set: boolean;
}

/** What a choice does, before it is made. */
export const grades: Record<Grade, { title: string; effect: string }> = {
  'emergency-only': {
    title: 'Only in an emergency',
    effect:
      'Ambulance crews still read the urgent page. Nobody else opens the plan, not the care team and not you, unless they break the glass.',
  },
  refused: {
    title: 'Nobody at all',
    effect:
      'Nobody opens the plan, ambulance crews neither, unless they break the glass. In an emergency, what stands in it may not be known.',
  },
};

export const restrictions = {
  restricted:
    'Where this person lives is withheld: address, phone, practice and care home. Only named members of staff see it.',
  'very-restricted':
    'Only named members of staff open this plan. Ambulance crews read the urgent page, without where the person lives.',
};

/** How long it holds. */
export function lasts({ from, until }: Pick<Objection, 'from' | 'until'>): string {
  return `Since ${formatMoment(from)}, ${until ? `until ${formatMoment(until)}` : 'until it is withdrawn'}`;
}

/** How long an objection may be made for. */
export const DURATIONS = [
  { id: '', words: 'Until it is withdrawn', months: 0 },
  { id: '1', words: '1 month', months: 1 },
  { id: '6', words: '6 months', months: 6 },
  { id: '12', words: '1 year', months: 12 },
] as const;

/** The moment so many months from `now`; none for no months. The last day of a shorter month stands for a longer one's. */
export function untilAfter(months: number, now: number): string | undefined {
  if (months === 0) return undefined;
  const end = new Date(now);
  const day = end.getUTCDate();
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + months);
  const days = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(day, days));
  return end.toISOString();
}
