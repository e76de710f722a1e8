/** Who can see a plan: the three choices, what each does, and what has to be asked of the service for one. */
import { formatMoment } from '@coplan/care-plan/plan';
import type { Whose } from '../whose';

/** An objection that stands, as the service says. */
export interface Objection {
  id: string;
  grade: 'emergency-only' | 'refused';
  reason: string;
  from: string;
  until: string | null;
  by: { name: string; organisation: string } | null;
}

/** What is shared, as the service says. */
export interface Sharing {
  objections: Objection[];
  restriction: null | 'restricted' | 'very-restricted';
  may_set: boolean;
}

export type Choice = 'everyone' | Objection['grade'];

/** From the widest to the narrowest. */
export const CHOICES: readonly Choice[] = ['everyone', 'emergency-only', 'refused'];

/** What a choice is called. */
export function titleOf(choice: Choice, { own, name }: Whose): string {
  switch (choice) {
    case 'everyone':
      return own ? 'Everyone who looks after me' : `Everyone who looks after ${name}`;
    case 'emergency-only':
      return 'Only in an emergency';
    case 'refused':
      return 'Nobody';
  }
}

/** What a choice does, in plain words. */
export function effectOf(choice: Choice, { own, plan, Plan }: Whose): string[] {
  const team = own
    ? 'Your GP, your nurses and the others of your care team'
    : 'The GP, nurses and others of the care team';
  const glass = `In an emergency a doctor or nurse can still open it. They must say why, and it shows under “Who has opened ${plan}”.`;
  switch (choice) {
    case 'everyone':
      return [`${team} can open ${plan}.`, 'Ambulance crews can read the page for emergencies.'];
    case 'emergency-only':
      return [
        'Ambulance crews can still read the page for emergencies.',
        `${team} cannot open ${plan}.`,
        glass,
      ];
    case 'refused':
      return [
        `${team} cannot open ${plan}, and ambulance crews cannot either.`,
        glass,
        `${Plan} may then not help in an emergency: it may not be read in time.`,
      ];
  }
}

/** What holds now: the narrowest of what stands. */
export function chosen({ objections }: Sharing): { choice: Choice; objection: Objection | null } {
  const refused = objections.find(({ grade }) => grade === 'refused');
  const objection = refused ?? objections[0] ?? null;
  return { choice: objection?.grade ?? 'everyone', objection };
}

/** How long it holds. */
export function lasts({ from, until }: Pick<Objection, 'from' | 'until'>): string {
  return `Since ${formatMoment(from)}, ${until ? `until ${formatMoment(until)}` : 'until it is changed'}.`;
}

/** For how long a choice can be made. */
export const DURATIONS = [
  { id: '', words: 'Until I change it', months: 0 },
  { id: '1', words: '1 month', months: 1 },
  { id: '6', words: '6 months', months: 6 },
  { id: '12', words: '1 year', months: 12 },
] as const;

/** The moment so many months after `now`, the last day of a shorter month for a longer one's; none for no months. */
export function endAfter(months: number, now: number): string | null {
  if (months === 0) return null;
  const end = new Date(now);
  const day = end.getUTCDate();
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + months);
  const days = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(day, days));
  return end.toISOString();
}

/** What somebody wants. */
export interface Wish {
  choice: Choice;
  until: string | null;
  reason: string;
}

/** What the record says where nobody gave a reason: nobody owes one for their own plan. */
const REASONS = {
  own: 'The person chose this themselves, on their own page',
  proxy: 'Chosen for the person by somebody who acts for them',
};

/** What to ask of the service: the new objection first, so that the plan never stands wider open in between. */
export function stepsTo({ choice, until, reason }: Wish, { objections }: Sharing, { own }: Whose) {
  const why = reason.trim() || (own ? REASONS.own : REASONS.proxy);
  return {
    add: choice === 'everyone' ? null : { grade: choice, reason: why, ...(until ? { until } : {}) },
    takeBack: objections.map(({ id }) => id),
  };
}
