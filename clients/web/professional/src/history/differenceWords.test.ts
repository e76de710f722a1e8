import { expect, it } from 'vitest';
import { differenceWords } from './DifferenceList';

it.each([
  ['set', null, 'Home', 'Home'],
  ['changed', 'Hospital', 'Home', 'Home, was Hospital'],
  ['cleared', 'Hospital', null, 'cleared, was Hospital'],
  ['added', null, 'Ada, daughter', 'added: Ada, daughter'],
  ['removed', 'Ada, daughter', null, 'removed: Ada, daughter'],
  ['restored', null, 'Ada, daughter', 'put back: Ada, daughter'],
  ['settled', null, 'Home', 'settled: Home'],
] as const)('%s is said in words', (kind, before, after, words) => {
  expect(differenceWords(kind, before, after)).toBe(words);
});
