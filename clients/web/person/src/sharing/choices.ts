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

/** What a choice among the decisions is called. */
export function chosenTitle({ choice, organisations }: SharingChoice, whose: Whose): string {
  switch (choice) {
    case 'emergency-only':
      return titleOf(choice, whose);
    case 'named-organisations':
      return organisations.length > 0 ? `Only ${inWords(organisations)}` : 'Nobody that is known here';
    case 'none':
      return whose.own ? 'Only your care team' : `Only ${whose.name}’s care team`;
  }
}

/** What holds now, whatever it comes of. */
export function nowTitle({ team, crews, choice }: Sharing, whose: Whose): string {
  if (team === 'none') return crews === 'none' ? 'Nobody' : 'Only in an emergency';
  return choice ? chosenTitle(choice, whose) : titleOf('everyone', whose);
}

/** What that means, in plain words: what the rules say, and not what a choice is meant to do. */
export function nowEffect({ team, crews }: Sharing, { own, plan, Plan }: Whose): string[] {
  const others = own
    ? 'your GP, your nurses and the others of your care team'
    : 'the GP, nurses and others of the care team';
  const opened = {
    all: `${capital(others)} can open ${plan}.`,
    some: `Of ${others}, some can open ${plan}, and some cannot.`,
    none: `${capital(others)} cannot open ${plan}.`,
  }[team];
  const read = {
    all: 'Ambulance crews can read the page for emergencies.',
    some: 'Some ambulance crews can read the page for emergencies. Others cannot.',
    none: 'Ambulance crews cannot read the page for emergencies.',
  }[crews];
  const late = `${Plan} may then not help in an emergency: it may not be read in time.`;
  return [
    opened,
    read,
    ...(team === 'all' && crews === 'all' ? [] : [glass(plan)]),
    ...(crews === 'none' ? [late] : []),
  ];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function inWords(names: string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
}

function glass(plan: string): string {
  return `In an emergency a doctor or nurse can still open it. They must say why, and it shows under “Who has opened ${plan}”.`;
}

/** The narrowest of the objections that stand. */
export const narrowest = ({ objections }: Sharing): Objection | null =>
  objections.find(({ grade }) => grade === 'refused') ?? objections[0] ?? null;

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
