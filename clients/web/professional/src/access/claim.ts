/** Saying that one cares for somebody, and breaking the glass. */
import { paths, type PlanId, post, Problem, Unreachable } from '../api';

export type ClaimKind = 'asserted' | 'break-glass';

/** Whose plan: by its id where one knows it, or by the person's NHS number. */
export type Whom = { plan: PlanId } | { nhs_number: string };

export interface Claimed {
  id: string;
  plan: PlanId;
  kind: ClaimKind;
  until: string;
}

/** Every answer to a number takes as long as this, so that the wait tells nobody whether there is a plan. */
const SAME_WAIT_MS = 1_000;

/** Asks for the plan, in one's own name and for a reason that others read. Rejects with the refusal. */
export async function claim(kind: ClaimKind, whom: Whom, reason: string): Promise<Claimed> {
  const wait = new Promise((resume) => setTimeout(resume, SAME_WAIT_MS));
  const [answer] = await Promise.allSettled([post(paths.relationships, { ...whom, kind, reason }), wait]);
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value as Claimed;
}

/** The same words whether there is no plan or one that may not be opened. */
export function claimFault(problem: unknown): string {
  if (problem instanceof Unreachable)
    return 'The server cannot be reached. This needs a signal; try again then.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing was opened.';
  switch (problem.code) {
    case 'not-found':
      return 'No plan was opened. There is no plan for this number, or it is not one that you can open this way. Check each digit. If it is right, ask somebody who looks after this person.';
    case 'reason-required':
      return 'Say why you need the plan.';
    case 'too-often':
      return 'You have done this very often in a short time, so nothing more opens this way for now. Ask a colleague on the person’s care team.';
    case 'not-allowed':
      return sentenceOf(problem.message);
    default:
      return `Nothing was opened: ${problem.message}.`;
  }
}

/** A detail of the server as a sentence. */
export function sentenceOf(detail: string): string {
  const text = detail.trim();
  const capital = text.charAt(0).toLocaleUpperCase('en-GB') + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

let number = '';

/** The number that was typed on one page, for the next: it never stands in an address. */
export const typedNumber = {
  keep: (typed: string): void => void (number = typed),
  take: (): string => {
    const typed = number;
    number = '';
    return typed;
  },
};
