import { describe, expect, it } from 'vitest';
import { Problem, Unreachable } from '../api';
import { claimFault, sentenceOf } from './claim';

describe('a plan that does not open', () => {
  it('is_told_in_the_same_words_whether_there_is_one_or_not', () => {
    const none = claimFault(new Problem(404, { code: 'not-found', detail: 'there is nothing here' }));
    expect(none).toContain('There is no plan for this number, or it is not one that you can open');
  });

  it.each([
    [new Unreachable(''), /signal/],
    [new Problem(422, { code: 'reason-required' }), /why you need/],
    [new Problem(429, { code: 'too-often' }), /Ask a colleague/],
    [
      new Problem(403, { code: 'not-allowed', detail: 'sign in with your smartcard' }),
      /^Sign in with your smartcard\.$/,
    ],
    [new Error('x'), /Nothing was opened/],
  ])('says_what_to_do', (problem, words) => {
    expect(claimFault(problem)).toMatch(words);
  });
});

it('a_detail_becomes_a_sentence', () => {
  expect(sentenceOf('mr x wants only crews to see this')).toBe('Mr x wants only crews to see this.');
  expect(sentenceOf('Done!')).toBe('Done!');
});
