import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatAgo,
  formatDate,
  formatMoment,
  formatNhsNumber,
  formatTime,
  isSameDay,
} from './format';

describe('an NHS number', () => {
  it('is_written_in_groups_of_three_three_and_four', () => {
    expect(formatNhsNumber('9990000018')).toBe('999 000 0018');
  });

  it('comes_back_as_it_is_when_it_has_not_ten_digits', () => {
    expect(formatNhsNumber('99900')).toBe('99900');
  });
});

describe('a moment', () => {
  const cases: [string, string, string][] = [
    ['winter is Greenwich time', '2026-11-21T14:05:03.120Z', '21 November 2026, 14:05'],
    ['summer is one hour ahead', '2026-07-01T23:30:00.000Z', '2 July 2026, 00:30'],
    ['the last minute before clocks go forward', '2026-03-29T00:59:59.999Z', '29 March 2026, 00:59'],
    ['the first minute after clocks went forward', '2026-03-29T01:00:00.000Z', '29 March 2026, 02:00'],
    ['01:30 the first time on the day clocks go back', '2026-10-25T00:30:00.000Z', '25 October 2026, 01:30'],
    ['01:30 the second time on the day clocks go back', '2026-10-25T01:30:00.000Z', '25 October 2026, 01:30'],
    ['midnight is 00, never 24', '2026-01-01T00:00:00.000Z', '1 January 2026, 00:00'],
    ['another offset is brought to London', '2026-11-21T00:05:00+09:00', '20 November 2026, 15:05'],
  ];
  it.each(cases)('is_told_in_London: %s', (_, moment, written) => {
    expect(formatMoment(moment)).toBe(written);
    expect(formatTime(moment)).toBe(written.slice(-5));
  });

  it('that_is_none_comes_back_as_it_is', () => {
    expect(formatMoment('yesterday')).toBe('yesterday');
  });

  it('belongs_to_a_day_of_London_not_of_Greenwich', () => {
    expect(isSameDay('2026-06-30T23:30:00Z', '2026-07-01T08:00:00Z')).toBe(true);
    expect(isSameDay('2026-06-30T22:30:00Z', '2026-07-01T08:00:00Z')).toBe(false);
  });
});

describe('a date', () => {
  it('is_written_out', () => {
    expect(formatDate('1988-03-04')).toBe('4 March 1988');
  });

  it('that_does_not_exist_comes_back_as_it_is', () => {
    expect(formatDate('2026-02-30')).toBe('2026-02-30');
  });
});

describe('how long ago', () => {
  const cases: [string, string, string][] = [
    ['2026-11-21T02:13:30Z', '2026-11-21T02:14:00Z', 'less than a minute ago'],
    ['2026-11-21T02:13:00Z', '2026-11-21T02:14:00Z', '1 minute ago'],
    ['2026-11-21T01:14:01Z', '2026-11-21T02:14:00Z', '59 minutes ago'],
    ['2026-11-20T02:14:01Z', '2026-11-21T02:14:00Z', '23 hours ago'],
    ['2026-11-18T09:12:00Z', '2026-11-21T02:14:00Z', '3 days ago'],
    ['2026-11-19T23:50:00Z', '2026-11-21T00:10:00Z', '2 days ago'],
    ['2026-10-24T23:30:00Z', '2026-10-26T00:00:00Z', '1 day ago'],
    ['2026-03-28T12:00:00Z', '2026-03-29T11:00:00Z', '23 hours ago'],
    ['2026-09-23T12:00:00Z', '2026-11-21T12:00:00Z', '59 days ago'],
    ['2026-09-21T12:00:00Z', '2026-11-21T12:00:00Z', '2 months ago'],
    ['2024-12-01T12:00:00Z', '2026-11-21T12:00:00Z', '23 months ago'],
    ['2024-11-21T12:00:00Z', '2026-11-21T12:00:00Z', '2 years ago'],
    ['2026-11-21T02:15:00Z', '2026-11-21T02:14:00Z', 'less than a minute ago'],
    ['2026-11-21T03:14:00Z', '2026-11-21T02:14:00Z', 'dated in the future'],
    ['never', '2026-11-21T02:14:00Z', 'age unknown'],
  ];
  it.each(cases)('%s seen at %s is %s', (then, now, words) => {
    expect(formatAgo(then, now)).toBe(words);
  });

  it('never_makes_a_plan_look_younger_than_its_date', () => {
    const now = Date.parse('2026-11-21T02:14:00Z');
    for (let hours = 24; hours < 24 * 59; hours += 1) {
      const days = Number(/^\d+/.exec(formatAgo(now - hours * 3_600_000, now))?.[0]);
      expect(days).toBeGreaterThanOrEqual(Math.floor(hours / 24));
    }
  });
});

describe('an age', () => {
  const cases: [string, string, string | null][] = [
    ['1988-03-04', '2026-11-21T02:14:00Z', '38 years'],
    ['1988-11-21', '2026-11-21T02:14:00Z', '38 years'],
    ['1988-11-22', '2026-11-21T02:14:00Z', '37 years'],
    ['1988-07-02', '2026-07-01T23:30:00Z', '38 years'],
    ['2008-02-29', '2026-02-28T12:00:00Z', '17 years'],
    ['2008-02-29', '2026-03-01T12:00:00Z', '18 years'],
    ['2024-11-22', '2026-11-21T12:00:00Z', '23 months'],
    ['2026-11-01', '2026-11-21T12:00:00Z', '20 days'],
    ['2026-10-21', '2026-11-21T12:00:00Z', '1 month'],
    ['2027-01-01', '2026-11-21T12:00:00Z', null],
    ['1988-3-4', '2026-11-21T12:00:00Z', null],
  ];
  it.each(cases)('of somebody born %s is at %s: %s', (born, now, age) => {
    expect(formatAge(born, now)).toBe(age);
  });
});
