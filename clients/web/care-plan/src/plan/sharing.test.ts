import { expect, it } from 'vitest';
import { monthsAfter } from './sharing';

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
