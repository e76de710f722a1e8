import type { ComponentChildren } from 'preact';
import type { Plan, PlanSection } from './api';
import type { Whose } from './whose';

/** What a page about one plan is told. */
export interface PageProps {
  plan: Plan;
  whose: Whose;
  /** The service has said that the plan may not be read any more. */
  lose: () => void;
  /** Looks whether there still are the same parts for the reader. */
  look: () => Promise<void>;
  /** Words of the reader that can be sent no more; nothing where there are none. */
  lost: ComponentChildren;
}

/** What the page that changes a part is told. */
export interface ChangePageProps extends Omit<PageProps, 'look' | 'lost'> {
  section: PlanSection;
  /** Where to begin: `most_important`, or `goals/<item>`. */
  field: string | undefined;
}
