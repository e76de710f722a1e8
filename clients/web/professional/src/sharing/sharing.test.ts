import { describe, expect, it } from 'vitest';
import { chosenWords, lasts } from './sharing';

describe('an objection', () => {
  it('is_not_the_only_thing_that_narrows', () => {
    expect(chosenWords({ choice: 'none', organisations: [] })).toBe('Nobody beyond the care team');
    expect(chosenWords({ choice: 'named-organisations', organisations: ['A', 'B'] })).toBe('Only A, B');
    expect(chosenWords({ choice: 'named-organisations', organisations: [] })).toMatch(/nobody here knows/);
    expect(chosenWords({ choice: 'emergency-only', organisations: [] })).toBe('Only in an emergency');
  });

  it('says_how_long_it_holds', () => {
    const from = '2026-11-22T09:00:00.000Z';
    expect(lasts({ from, until: null })).toBe('Since 22 November 2026, 09:00, until it is withdrawn');
    expect(lasts({ from, until: '2027-05-22T08:00:00.000Z' })).toContain('until 22 May 2027, 09:00');
  });
});
