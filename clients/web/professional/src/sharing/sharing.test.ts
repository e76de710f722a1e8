import { describe, expect, it } from 'vitest';
import { lasts, untilAfter } from './sharing';

describe('an objection', () => {
  it.each([
    ['2026-11-22T09:00:00.000Z', 6, '2027-05-22T09:00:00.000Z'],
    ['2026-08-31T09:00:00.000Z', 6, '2027-02-28T09:00:00.000Z'],
    ['2026-01-31T09:00:00.000Z', 1, '2026-02-28T09:00:00.000Z'],
    ['2024-02-29T09:00:00.000Z', 12, '2025-02-28T09:00:00.000Z'],
  ])('made at %s for %i months ends at %s', (now, months, end) => {
    expect(untilAfter(months, Date.parse(now))).toBe(end);
  });

  it('made_until_it_is_withdrawn_has_no_end', () => {
    expect(untilAfter(0, 0)).toBeUndefined();
  });

  it('says_how_long_it_holds', () => {
    const from = '2026-11-22T09:00:00.000Z';
    expect(lasts({ from, until: null })).toBe('Since 22 November 2026, 09:00, until it is withdrawn');
    expect(lasts({ from, until: '2027-05-22T08:00:00.000Z' })).toContain('until 22 May 2027, 09:00');
  });
});
