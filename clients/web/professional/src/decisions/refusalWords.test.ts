import { expect, it } from 'vitest';
import { Problem, Unreachable } from '../api';
import { refusalWords } from './refusalWords';
import { sentenceCase } from './sentenceCase';

it('a junior who endorses is told who does', () => {
  const words = 'A senior decision-maker other than the person who recorded it endorses this.';
  expect(refusalWords(new Problem(403, { code: 'senior-required' }))).toBe(words);
  expect(refusalWords(new Problem(403, { code: 'own-record' }))).toContain(words);
});

it('what the page has no words for is said in the server’s', () => {
  expect(refusalWords(new Problem(422, { code: 'value-range', detail: 'too large' }))).toBe('Too large.');
  expect(refusalWords(new Unreachable('x'))).toMatch(/Nothing has changed/);
});

it('a sentence begins large and ends', () => {
  expect(sentenceCase('too large')).toBe('Too large.');
  expect(sentenceCase('Is it?')).toBe('Is it?');
});
