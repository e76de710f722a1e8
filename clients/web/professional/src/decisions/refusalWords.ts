import { Problem, Unreachable } from '../api';
import { sentenceCase } from './sentenceCase';

/** Why a decision was not taken, and what to do, in plain words. */
export function refusalWords(problem: unknown): string {
  if (problem instanceof Unreachable)
    return 'The server cannot be reached. Nothing has changed; try again when there is a signal.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing has changed.';
  return wordsOf(problem.code) ?? sentenceCase(problem.message);
}

/** The words for a refusal's code; nothing if its own text has to do. */
export function wordsOf(code: string): string | undefined {
  return REFUSALS[code];
}

const REFUSALS: Record<string, string> = {
  'not-allowed': 'Your role does not record or change decisions of this kind.',
  'registration-required':
    'This needs a professional registration, and none is known for you. Ask whoever manages your account.',
  'senior-required': 'A senior decision-maker other than the person who recorded it endorses this.',
  'own-record':
    'You recorded this yourself. A senior decision-maker other than the person who recorded it endorses this.',
  'record-exists': 'Another decision was recorded under the same number. Record yours again.',
  'already-endorsed': 'This has been endorsed already.',
  'already-withdrawn': 'This has been withdrawn already.',
  superseded: 'This has been superseded. Look at the decision that stands now.',
  'unknown-kind': 'The service does not know this kind of decision. Reload the page.',
  'unknown-record': 'The decision that this is about is not on the server.',
  'missing-required': 'Something that must be filled in is empty.',
  'reason-required': 'Give a reason.',
  'record-id': 'The decision could not be numbered. Reload the page and record it again.',
};
