import { expect, it } from 'vitest';
import { glassWords } from './glass';

const UNTIL = '2026-11-22T15:02:00.000Z';

it.each([
  ['2026-11-22T14:02:30.000Z', '60 minutes left'],
  ['2026-11-22T14:32:00.000Z', '30 minutes left'],
  ['2026-11-22T15:01:30.000Z', '1 minute left'],
])('a_broken_glass_says_when_it_closes_and_what_is_left: %s', (now, left) => {
  expect(glassWords(UNTIL, Date.parse(now))).toEqual({
    sentence: 'You opened this plan by breaking the glass at 14:02; it closes at 15:02.',
    left,
    over: false,
  });
});

it('says_so_when_the_hour_is_over', () => {
  expect(glassWords(UNTIL, Date.parse(UNTIL))).toMatchObject({ over: true, left: '' });
});
