/** Who can see a plan: the three choices, what each does, and what has to be asked of the service for one. */
import { formatMoment, type Objection, type Sharing, type SharingChoice } from '@coplan/care-plan/plan';
import type { Whose } from '../whose';

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
  switch (choice) {
    case 'everyone':
      return [`${team} can open ${plan}.`, 'Ambulance crews can read the page for emergencies.'];
    case 'emergency-only':
      return [
        'Ambulance crews can still read the page for emergencies.',
        `${team} cannot open ${plan}.`,
        glass(plan),
      ];
    case 'refused':
      return [
        `${team} cannot open ${plan}, and ambulance crews cannot either.`,
        glass(plan),
        `${Plan} may then not help in an emergency: it may not be read in time.`,
      ];
  }
}

/** What a choice among the decisions is called, and does. */
export function chosenWords(
  { choice, organisations }: SharingChoice,
  whose: Whose,
): { title: string; effect: string[] } {
  const { own, name, plan } = whose;
  switch (choice) {
    case 'emergency-only':
      return { title: titleOf(choice, whose), effect: effectOf(choice, whose) };
    case 'named-organisations':
      return {
        title:
          organisations.length > 0
            ? `Only ${inWords(organisations)}`
            : 'Nobody: none of those named is known here',
        effect: [`Nobody else can open ${plan}, but whoever keeps it.`, glass(plan)],
      };
    case 'none':
      return {
        title: own ? 'Only your care team' : `Only ${name}’s care team`,
        effect: ['Ambulance crews and everybody else cannot read the page for emergencies.', glass(plan)],
      };
  }
}

function inWords(names: string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
}

function glass(plan: string): string {
  return `In an emergency a doctor or nurse can still open it. They must say why, and it shows under “Who has opened ${plan}”.`;
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
