import { describe, expect, it } from 'vitest';
import { whoseIs } from '../whose';
import type { HowMany, Objection, Sharing, SharingChoice } from '@coplan/care-plan/plan';
import { chosenTitle, effectOf, lasts, narrowest, nowEffect, nowTitle, stepsTo, titleOf } from './choices';

const person = { nhs_number: '9990000018', name: 'Adaeze Okonkwo', preferred_name: 'Ada' };
const own = whoseIs({ person, connection: 'own' });
const proxy = whoseIs({ person, connection: 'proxy' });
const objection = (given: Partial<Objection>): Objection => ({
  id: 'a',
  grade: 'emergency-only',
  reason: 'mine',
  from: '2026-11-22T09:00:00.000Z',
  until: null,
  by: null,
  ...given,
});
const sharing = (...objections: Objection[]): Sharing => ({
  objections,
  choice: null,
  restriction: null,
  crews: 'all',
  team: 'all',
  may_set: true,
  acting: [],
  keepable: [],
  may_keep: true,
});
const decided = (choice: SharingChoice['choice'], ...organisations: string[]): SharingChoice => ({
  choice,
  organisations,
  until: null,
  decisions: ['d'],
  unknown: [],
  may_withdraw: true,
});

describe('who can see the plan', () => {
  it('is_everyone_unless_something_stands_and_then_the_narrowest', () => {
    expect(narrowest(sharing())).toBeNull();
    expect(narrowest(sharing(objection({})))?.grade).toBe('emergency-only');
    const both = narrowest(sharing(objection({}), objection({ id: 'b', grade: 'refused' })));
    expect([both?.grade, both?.id]).toEqual(['refused', 'b']);
  });

  it('is_narrowed_before_what_stood_is_taken_back', () => {
    const wish = { choice: 'refused', until: null, reason: ' ' } as const;
    const steps = stepsTo(wish, sharing(objection({})), own);
    expect(steps.add?.grade).toBe('refused');
    expect(steps.add?.reason).toMatch(/the person chose this/i);
    expect(steps.takeBack).toEqual(['a']);
  });

  it('is_widened_to_everyone_by_taking_all_back', () => {
    const wish = { choice: 'everyone', until: null, reason: '' } as const;
    const steps = stepsTo(wish, sharing(objection({}), objection({ id: 'b' })), own);
    expect(steps).toEqual({ add: null, takeBack: ['a', 'b'] });
  });

  it('carries_the_words_and_the_end_that_were_given', () => {
    const until = '2027-05-22T09:00:00.000Z';
    const wish = { choice: 'emergency-only', until, reason: ' my neighbour works there ' } as const;
    expect(stepsTo(wish, sharing(), proxy).add).toEqual({
      grade: 'emergency-only',
      reason: 'my neighbour works there',
      until,
    });
  });

  it('says_the_same_about_oneself_and_about_another', () => {
    expect(titleOf('everyone', own)).toBe('Everyone who looks after me');
    expect(titleOf('everyone', proxy)).toBe('Everyone who looks after Ada');
    expect(effectOf('emergency-only', proxy).join(' ')).not.toMatch(/\byour?\b/);
  });
});

describe('a choice among the decisions', () => {
  it('has_a_name', () => {
    expect(chosenTitle(decided('emergency-only'), own)).toBe('Only in an emergency');
    expect(chosenTitle(decided('named-organisations', 'Millpond Surgery', 'Wenford General'), own)).toBe(
      'Only Millpond Surgery and Wenford General',
    );
    expect(chosenTitle(decided('named-organisations'), own)).toMatch(/^Nobody/);
    expect(chosenTitle(decided('none'), proxy)).toBe('Only Ada’s care team');
  });
});

describe('what holds now', () => {
  it.each<[HowMany, HowMany, SharingChoice | null, string]>([
    ['all', 'all', null, 'Everyone who looks after me'],
    ['none', 'all', null, 'Only in an emergency'],
    ['none', 'some', decided('none'), 'Only in an emergency'],
    ['none', 'none', decided('emergency-only'), 'Nobody'],
    ['all', 'some', decided('none'), 'Only your care team'],
    ['some', 'none', decided('named-organisations', 'Millpond Surgery'), 'Only Millpond Surgery'],
  ])('with_%s_of_the_team_and_%s_of_the_crews_is_told_as_it_is', (team, crews, choice, title) => {
    const now = { ...sharing(), team, crews, choice };
    expect(nowTitle(now, own)).toBe(title);
    const effect = nowEffect(now, own).join(' ');
    expect(/Ambulance crews can read/.test(effect)).toBe(crews === 'all');
    expect(/Some ambulance crews can/.test(effect)).toBe(crews === 'some');
    expect(/Ambulance crews cannot read/.test(effect)).toBe(crews === 'none');
    expect(/may not be read in time/.test(effect)).toBe(crews === 'none');
    expect(/can still open it/.test(effect)).toBe(team !== 'all' || crews !== 'all');
  });
});

describe('an end', () => {
  it('is_told_in_London', () => {
    expect(lasts(objection({}))).toBe('Since 22 November 2026, 09:00, until it is changed.');
    expect(lasts(objection({ until: '2027-05-22T09:00:00.000Z' }))).toBe(
      'Since 22 November 2026, 09:00, until 22 May 2027, 10:00.',
    );
  });
});
