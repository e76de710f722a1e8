import type { PlanSession } from '@coplan/care-plan/sync';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Plan } from './api';
import type { Section } from './definition';

/** The plan that a page shows. */
export interface OpenPlan {
  plan: Plan;
  definitions: Section[];
  session: PlanSession;
  /** Asks the server again what is published. */
  refresh: () => void;
}

export const OpenPlanContext = createContext<OpenPlan | undefined>(undefined);

/** The plan that the page shows. Only below a plan's route. */
export function useOpenPlan(): OpenPlan {
  const open = useContext(OpenPlanContext);
  if (!open) throw new Error('a plan page stands outside the plan route');
  return open;
}
