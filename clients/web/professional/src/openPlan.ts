import type { PublishedView, Section } from '@coplan/care-plan/plan';
import type { PlanSession } from '@coplan/care-plan/sync';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Plan } from './api';
import type { Decisions } from './decisions/decision';
import type { WaitingCommands } from './decisions/waitingCommands';
import type { Conflict, Conflicts } from '@coplan/care-plan/fields';
import type { Suggestions } from './suggestions/suggestion';
import type { Answer } from './useAnswer';

/** The plan that a page shows. */
export interface OpenPlan {
  plan: Plan;
  definitions: Section[];
  session: PlanSession;
  /** Asks the server again what is published. */
  refresh: () => void;
  decisions: Answer<Decisions>;
  conflicts: Answer<Conflicts>;
  suggestions: Answer<Suggestions>;
  /** What is published, for those sections of which one reads no more. */
  view: Answer<PublishedView>;
  /** Commands that wait on this device for a connection. */
  waiting: WaitingCommands;
}

export const OpenPlanContext = createContext<OpenPlan | undefined>(undefined);

/** The plan that the page shows. Only below a plan's route. */
export function useOpenPlan(): OpenPlan {
  const open = useContext(OpenPlanContext);
  if (!open) throw new Error('a plan page stands outside the plan route');
  return open;
}

const none: Conflict[] = [];
const bySection = new WeakMap<Conflicts, Map<string, Conflict[]>>();

/** What the server told of disagreements in one section; the same list until it tells something else. */
export function toldOf(conflicts: Conflicts | undefined, section: string): Conflict[] {
  if (!conflicts) return none;
  let sections = bySection.get(conflicts);
  if (!sections) {
    sections = new Map();
    for (const conflict of conflicts.conflicts) {
      sections.set(conflict.section, [...(sections.get(conflict.section) ?? []), conflict]);
    }
    bySection.set(conflicts, sections);
  }
  return sections.get(section) ?? none;
}
