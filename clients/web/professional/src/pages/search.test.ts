import { describe, expect, it } from 'vitest';
import type { PlanSummary } from '../api';
import { matches } from './search';

const plan = (name: string, preferred: string | null = null, nhs_number = '9990000018'): PlanSummary =>
  ({ person: { name, preferred_name: preferred, nhs_number, born: '1980-01-01' } }) as PlanSummary;

describe('finding a plan', () => {
  it('takes beginnings of names in any order, without accents and capitals', () => {
    expect(matches(plan('Zoë O’Brien'), 'bri zoe')).toBe(true);
    expect(matches(plan('Zoë O’Brien'), 'rien')).toBe(true);
    expect(matches(plan('Zoë O’Brien'), 'x')).toBe(false);
    expect(matches(plan('Margaret Hall', 'Peggy'), 'peggy')).toBe(true);
  });

  it('takes digits of the NHS number, spaced or not', () => {
    expect(matches(plan('A'), '999 000 0018')).toBe(true);
    expect(matches(plan('A'), '0018')).toBe(true);
    expect(matches(plan('A'), '1234')).toBe(false);
  });
});
