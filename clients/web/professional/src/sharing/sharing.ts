/** What a person does not want, and what is withheld about them, in the words of staff. */
import {
  formatMoment,
  type Grade,
  keptTitles,
  type Objection,
  type Sharing,
  type SharingChoice,
} from '@coplan/care-plan/plan';

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

/** What the person chose among their decisions. */
export function chosenWords({ choice, organisations }: SharingChoice): string {
  switch (choice) {
    case 'emergency-only':
      return grades['emergency-only'].title;
    case 'named-organisations':
      return organisations.length > 0
        ? `Only ${new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(organisations)}`
        : 'Nobody: the organisations that were named are not known here';
    case 'none':
      return 'Nobody beyond the care team';
  }
}

/** Who can see the plan now, all of it considered. */
export function nowWords({ team, crews }: Pick<Sharing, 'team' | 'crews'>): string {
  const opened = {
    all: 'The care team opens the plan.',
    some: 'Of the care team, some organisations open the plan, and some do not.',
    none: 'Nobody of the care team opens the plan, but by breaking the glass.',
  }[team];
  const read = {
    all: 'Ambulance crews read the urgent page.',
    some: 'Some ambulance crews read the urgent page, and some do not.',
    none: 'Ambulance crews do not read the urgent page, but by breaking the glass.',
  }[crews];
  return `${opened} ${read}`;
}

/** From whom the person keeps which sections. */
export function keptFrom(sharing: Pick<Sharing, 'acting' | 'keepable'>) {
  return sharing.acting.flatMap((acting) => {
    const titles = keptTitles(sharing, acting);
    return titles.length > 0 ? [{ acting, titles }] : [];
  });
}

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
