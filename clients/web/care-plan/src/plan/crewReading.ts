/**
 * In which order a crew reads a plan: decisions, then allergies and alerts, then crisis plans, and of every section what
 * is marked urgent first.
 *
 * It knows few sections by name. Another that takes a signature is a pathway's crisis plan and tells what to do; one
 * that takes none tells who the person is.
 */
import type { ViewField, ViewSection } from './view';

/** The plan for whatever may happen; a pathway's own crisis plan is more exact and stands before it. */
const GENERAL_CRISIS_PLAN = 'contingency';
/** Sections that stand at a place of their own, lowest first; crisis plans of pathways stand at 2. */
const PLACES = new Map([
  ['decisions', 0],
  ['health', 1],
  [GENERAL_CRISIS_PLAN, 3],
  ['medicines', 4],
  ['staff-safety', 5],
  ['home-access', 6],
  ['preferences', 7],
  ['daily-living', 8],
]);
const PATHWAY_PLACE = 2;
const LAST_PLACE = 9;
/** What the person asks of everybody who helps; short, and read before the rest of their own words. */
const DO_AND_DONT = new Set(['please_do', 'please_dont']);

/** The day by which somebody meant to look through a section again. */
const REVIEW_DUE = 'review_due';
/** The last day on which a decision holds. */
const LAST_DAYS = new Set(['expires_on', 'until']);
const DAY_MS = 24 * 60 * 60 * 1000;

/** The sections in a crew's order; otherwise in the plan's own. */
export function inCrewOrder(sections: ViewSection[]): ViewSection[] {
  return [...sections].sort((a, b) => rank(a) - rank(b));
}

/** Whether the section says what to do in a crisis, under somebody's signature. */
export function isCrisisPlan(section: ViewSection): boolean {
  const place = rank(section);
  const plan = place === PATHWAY_PLACE || section.section === GENERAL_CRISIS_PLAN;
  return plan && section.standing.state === 'signed' && section.fields.length > 0;
}

/** What to read of a section at once. */
export function urgentPart(section: ViewSection): ViewField[] {
  return section.fields.filter(isUrgent);
}

/** What to read of a section when there is time. Decisions stand there once more, with everything that was recorded. */
export function laterPart(section: ViewSection): ViewField[] {
  return section.fields.filter((field) => !isUrgent(field) || 'records' in field);
}

/** What should have been looked through again by a day that has passed, `YYYY-MM-DD`. */
export interface Missed {
  /** The kind of decision; none for the section itself. */
  label: string | null;
  day: string;
}

/** What of a section, itself or a decision in it, is past its review, the longest overdue first. */
export function reviewsMissed(section: ViewSection, nowMs: number): Missed[] {
  const own = reviewDueIn(section.fields, nowMs);
  const decisions = section.fields.flatMap((field) =>
    'records' in field
      ? field.records.map((record) => ({ label: field.label, day: reviewDueIn(record.fields, nowMs) }))
      : [],
  );
  const all = [{ label: null, day: own }, ...decisions];
  return all
    .filter((one): one is Missed => one.day !== null)
    .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
}

/** The day by which these fields say that somebody meant to look again, if it has passed. */
export const reviewDueIn = (fields: ViewField[], nowMs: number): string | null =>
  passed(fields, new Set([REVIEW_DUE]), nowMs);

/** The last day on which a decision held, if it has passed. */
export const endedOn = (fields: ViewField[], nowMs: number): string | null =>
  passed(fields, LAST_DAYS, nowMs);

function passed(fields: ViewField[], names: Set<string>, nowMs: number): string | null {
  const days = fields.flatMap((field) =>
    names.has(field.field) && 'value' in field && typeof field.value === 'string' ? [field.value] : [],
  );
  return days.filter((day) => Date.parse(day) + DAY_MS <= nowMs).sort()[0] ?? null;
}

function isUrgent(field: ViewField): boolean {
  return field.urgent === true || DO_AND_DONT.has(field.field);
}

function rank(section: ViewSection): number {
  const place = PLACES.get(section.section);
  if (place !== undefined) return place;
  return section.sign_off === 'none' ? LAST_PLACE : PATHWAY_PLACE;
}
