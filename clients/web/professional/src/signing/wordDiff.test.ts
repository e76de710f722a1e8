import { describe, expect, it } from 'vitest';
import { wordDiff } from './wordDiff';

const marked = (before: string, after: string) =>
  wordDiff(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'added' ? `{+${text}+}` : `[-${text}-]`))
    .join('');

describe('the difference of two texts', () => {
  it('marks words, not letters', () => {
    expect(marked('she likes tea', 'she likes coffee')).toBe('she likes [-tea-]{+coffee+}');
    expect(marked('at home', 'at her home')).toBe('at {+her +}home');
    expect(marked('', 'new')).toBe('{+new+}');
    expect(marked('old', '')).toBe('[-old-]');
  });

  it('gives back both texts when read one way or the other', () => {
    const [before, after] = ['one two three\nfour five', 'zero two  three four\nfive six'];
    const pieces = wordDiff(before, after);
    const read = (without: string) =>
      pieces
        .filter(({ kind }) => kind !== without)
        .map(({ text }) => text)
        .join('');
    expect(read('added')).toBe(before);
    expect(read('removed')).toBe(after);
  });

  it('does not hang on two long texts that have nothing in common', () => {
    const long = (word: string) => Array.from({ length: 10_000 }, (_, n) => `${word}${n}`).join(' ');
    expect(wordDiff(long('a'), long('b'))).toHaveLength(2);
  });
});
