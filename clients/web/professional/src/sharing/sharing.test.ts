import { describe, expect, it } from 'vitest';
import type { Acting, SharingChoice } from '@coplan/care-plan/plan';
import { chosenWords, keptFrom, lasts, nowWords } from './sharing';

const choice = (choice: SharingChoice['choice'], ...organisations: string[]) =>
  chosenWords({ choice, organisations, unknown: [], until: null, decisions: [], may_withdraw: false });

describe('an objection', () => {
  it('is_not_the_only_thing_that_narrows', () => {
    expect(choice('none')).toBe('Nobody beyond the care team');
    expect(choice('named-organisations', 'A', 'B')).toBe('Only A and B');
    expect(choice('named-organisations')).toMatch(/^Nobody/);
    expect(choice('emergency-only')).toBe('Only in an emergency');
  });

  it('says_who_reads_the_plan_all_of_it_considered', () => {
    expect(nowWords({ team: 'all', crews: 'all' })).toMatch(/team opens the plan.*crews read/);
    expect(nowWords({ team: 'none', crews: 'some' })).toMatch(
      /^Nobody of the care team.*Some ambulance crews/,
    );
    expect(nowWords({ team: 'some', crews: 'none' })).toMatch(/some organisations.*do not read/);
  });

  it('says_how_long_it_holds', () => {
    const from = '2026-11-22T09:00:00.000Z';
    expect(lasts({ from, until: null })).toBe('Since 22 November 2026, 09:00, until it is withdrawn');
    expect(lasts({ from, until: '2027-05-22T08:00:00.000Z' })).toContain('until 22 May 2027, 09:00');
  });
});

describe('what the person keeps from those who act for them', () => {
  const acting = (name: string, ...kept: string[]): Acting => ({
    account: `p-${name}`,
    name,
    basis: 'Daughter',
    until: '2028-11-22T00:00:00.000Z',
    kept,
  });
  const keepable = [{ section: 'goals', title: 'Goals and actions' }];

  it('is_told_of_those_alone_from_whom_something_is_kept', () => {
    const [first, ...others] = keptFrom({ acting: [acting('Ann'), acting('Susan', 'goals')], keepable });
    expect([first?.acting.name, first?.titles, others]).toEqual(['Susan', ['Goals and actions'], []]);
  });

  it('is_nothing_where_nobody_acts', () => {
    expect(keptFrom({ acting: [], keepable })).toEqual([]);
  });
});
