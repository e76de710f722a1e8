import type { Plan, PlanSection } from './api';
import type { Whose } from './whose';

/** What a page about one plan is told. */
export interface PageProps {
  plan: Plan;
  whose: Whose;
  /** The service has said that the plan may not be read any more. */
  lose: () => void;
}

/** What the page that changes a part is told. */
export interface ChangePageProps extends PageProps {
  section: PlanSection;
  /** Where to begin: `most_important`, or `goals/<item>`. */
  field: string | undefined;
}
