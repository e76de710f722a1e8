/** Parts of the plan that the person does not see, and why. */
import type { PublishedView, Section } from '@coplan/care-plan/plan';
import type { Plan } from '../api';

/** A part that is not shown. */
export interface Locked {
  section: string;
  title: string;
  /** `staff`: it is written for staff alone. `not-yet`: the person may read it, and nothing in it has been published. */
  why: 'staff' | 'not-yet';
}

/** Parts that others may hold words in and that the person's own view does not show. */
export function lockedIn(
  { published_only }: Plan,
  view: PublishedView | null,
  definitions: Section[],
): Locked[] {
  const shown = new Set(view?.sections.map(({ section }) => section));
  return published_only
    .filter(({ section }) => !shown.has(section))
    .map(({ section, title }) => {
      const definition = definitions.find(({ id }) => id === section);
      return { section, title, why: definition?.audiences.includes('person') ? 'not-yet' : 'staff' };
    });
}
