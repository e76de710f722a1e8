import { describe, expect, it } from 'vitest';
import { leaseOf, wordsEndAt } from './lease';

const CONFIRMED = '2026-11-01T09:00:00.000Z';
const after = (days: number): number => Date.parse(CONFIRMED) + days * 86_400_000;

describe('a copy on a device', () => {
  it.each([
    [0, 'good'],
    [6.99, 'good'],
    [7, 'ageing'],
    [29.99, 'ageing'],
    [30, 'ended'],
    [4000, 'ended'],
  ])('after %f days without a confirmation is %s', (days, kind) => {
    expect(leaseOf(CONFIRMED, after(days)).kind).toBe(kind);
  });

  it('says_when_it_will_be_deleted', () => {
    expect(leaseOf(CONFIRMED, after(9.5))).toEqual({
      kind: 'ageing',
      days: 9,
      endsAt: '2026-12-01T09:00:00.000Z',
    });
  });

  it('without_a_readable_date_has_ended', () => {
    expect(leaseOf('', after(0)).kind).toBe('ended');
  });
});

it('words_that_were_not_sent_are_kept_for_a_week', () => {
  expect(wordsEndAt(CONFIRMED)).toBe('2026-11-08T09:00:00.000Z');
});
