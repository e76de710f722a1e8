import { expect, it } from 'vitest';
import { type Acting, keptTitles, monthsAfter, unknownWords } from './sharing';

it.each([
  ['2026-11-22T09:00:00.000Z', 6, '2027-05-22T09:00:00.000Z'],
  ['2026-08-31T09:00:00.000Z', 6, '2027-02-28T09:00:00.000Z'],
  ['2026-01-31T09:00:00.000Z', 1, '2026-02-28T09:00:00.000Z'],
  ['2024-02-29T09:00:00.000Z', 12, '2025-02-28T09:00:00.000Z'],
])('what_was_chosen_at_%s_for_%i_months_ends_at_%s', (now, months, end) => {
  expect(monthsAfter(months, Date.parse(now))).toBe(end);
});

it('what_was_chosen_for_no_months_has_no_end', () => {
  expect(monthsAfter(0, 0)).toBeUndefined();
});

it('what_is_kept_from_one_who_acts_is_told_by_its_titles_in_the_order_of_the_plan', () => {
  const keepable = [
    { section: 'about-me', title: 'About me' },
    { section: 'goals', title: 'Goals and actions' },
    { section: 'dates', title: 'Dates' },
  ];
  const acting = (...kept: string[]): Acting => ({
    account: 'p-farrow',
    name: 'Susan Farrow',
    basis: 'Daughter',
    until: '2028-11-22T00:00:00.000Z',
    kept,
  });
  expect(keptTitles({ keepable }, acting('goals', 'about-me'))).toEqual(['About me', 'Goals and actions']);
  expect(keptTitles({ keepable }, acting())).toEqual([]);
  expect(keptTitles({ keepable }, acting('not-in-this-plan'))).toEqual([]);
});

it('names_that_nobody_has_are_said_and_nothing_where_all_are_known', () => {
  expect(unknownWords({ unknown: [] })).toBeUndefined();
  expect(unknownWords({ unknown: ['St Nowhere', 'The Annexe'] })).toMatch(
    /^No organisation here is called “St Nowhere” or “The Annexe”\. /,
  );
});
