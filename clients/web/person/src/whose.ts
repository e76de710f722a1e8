/** Words that differ by who reads: the person themselves, or somebody who acts for them. */
import type { Plan } from './api';

/** Who reads, and about whom. */
export interface Whose {
  /** The reader is the person. */
  own: boolean;
  /** What the person is called. */
  name: string;
  /** "your plan" or "the plan". */
  plan: string;
  /** The same at the beginning of a sentence. */
  Plan: string;
}

/** Who reads this plan. */
export function whoseIs({ person, connection }: Pick<Plan, 'person' | 'connection'>): Whose {
  const own = connection === 'own';
  const name = person.preferred_name || person.name;
  return { own, name, plan: own ? 'your plan' : 'the plan', Plan: own ? 'Your plan' : 'The plan' };
}
