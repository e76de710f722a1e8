/**
 * In which order a crew reads a plan: crisis plans first, and of every section what is marked urgent first.
 *
 * It knows no field. A section that takes a signature tells what to do; one that takes none tells who the person is.
 */
import type { ViewField, ViewSection } from '@coplan/care-plan/plan';

/** The plan for whatever may happen; a pathway's own crisis plan is more exact and stands before it. */
const GENERAL_CRISIS_PLAN = 'contingency';
/** What the person asks of everybody who helps; short, and read before the rest of their own words. */
const DO_AND_DONT = new Set(['please_do', 'please_dont']);

/** The day by which somebody meant to look through a section again. */
const REVIEW_DUE = 'review_due';
const DAY_MS = 24 * 60 * 60 * 1000;

/** The sections in a crew's order; otherwise in the plan's own. */
export function inCrewOrder(sections: ViewSection[]): ViewSection[] {
  return [...sections].sort((a, b) => rank(a) - rank(b));
}

/** Whether the section says what to do in a crisis, under somebody's signature. */
export function isCrisisPlan(section: ViewSection): boolean {
  return section.sign_off !== 'none' && section.standing.state === 'signed' && section.fields.length > 0;
}

/** What to read of a section at once. */
export function urgentPart(section: ViewSection): ViewField[] {
  return section.fields.filter(isUrgent);
}

/** What to read of a section when there is time. */
export function laterPart(section: ViewSection): ViewField[] {
  return section.fields.filter((field) => !isUrgent(field));
}

/** The day by which the section should have been looked through again, if it has passed: `YYYY-MM-DD`. */
export function reviewMissed(section: ViewSection, nowMs: number): string | null {
  const due = section.fields.find((field) => field.field === REVIEW_DUE && field.type === 'date');
  if (!due || !('value' in due) || typeof due.value !== 'string') return null;
  return Date.parse(due.value) + DAY_MS <= nowMs ? due.value : null;
}

function isUrgent(field: ViewField): boolean {
  return field.urgent === true || DO_AND_DONT.has(field.field);
}

function rank(section: ViewSection): number {
  if (section.sign_off === 'none') return 2;
  return section.section === GENERAL_CRISIS_PLAN ? 1 : 0;
}
