import { describe, expect, it } from 'vitest';
import { endedOn, inCrewOrder, isCrisisPlan, laterPart, reviewsMissed, urgentPart } from './crewReading';
import type { Standing, ViewField, ViewSection } from './view';

const SIGNED: Standing = {
  state: 'signed',
  by: 'Dr Amara Nwosu',
  job_title: 'Consultant haematologist',
  organisation: 'St Elsewhere',
  at: '2026-11-18T09:12:00.000Z',
};
const SHARED: Standing = { state: 'shared', at: '2026-11-18T09:12:00.000Z' };

describe('a crew reads', () => {
  it('crisis_plans_first_the_pathways_own_before_the_general_one', () => {
    const plan = [section('about-me'), section('contingency', 'senior'), section('sickle-cell', 'senior')];
    expect(inCrewOrder(plan).map((one) => one.section)).toEqual(['sickle-cell', 'contingency', 'about-me']);
  });

  it('decisions_then_allergies_then_what_to_do_then_medicines_then_the_person', () => {
    const ids = ['about-me', 'medicines', 'contingency', 'epilepsy', 'preferences', 'health', 'decisions'];
    const plan = ids.map((id) => section(id, id === 'about-me' || id === 'decisions' ? 'none' : 'senior'));
    expect(inCrewOrder(plan).map((one) => one.section)).toEqual([
      'decisions',
      'health',
      'epilepsy',
      'contingency',
      'medicines',
      'preferences',
      'about-me',
    ]);
  });

  it('what_is_urgent_and_what_the_person_asks_before_the_rest_and_nothing_twice', () => {
    const fields = [line('genotype'), line('avoid', true), line('please_dont')];
    const of = section('sickle-cell', 'senior', fields);
    expect(urgentPart(of).map(({ field }) => field)).toEqual(['avoid', 'please_dont']);
    expect(laterPart(of).map(({ field }) => field)).toEqual(['genotype']);
  });

  it('of_a_crisis_plan_only_where_somebody_signed_one', () => {
    expect(isCrisisPlan({ ...section('sickle-cell', 'senior', [line('avoid')]), standing: SIGNED })).toBe(
      true,
    );
    expect(isCrisisPlan(section('sickle-cell', 'senior', [line('avoid')]))).toBe(false);
    expect(isCrisisPlan({ ...section('health', 'registered', [line('allergies')]), standing: SIGNED })).toBe(
      false,
    );
    expect(isCrisisPlan({ ...section('about-me', 'none', [line('most_important')]), standing: SIGNED })).toBe(
      false,
    );
  });

  it.each([
    ['2026-11-20', '2026-11-20'],
    ['2026-11-21', null],
    ['2027-05-18', null],
  ])('that_a_review_due_on_%s_was_missed: %s', (due, missed) => {
    const field: ViewField = {
      field: 'review_due',
      label: 'Review due',
      type: 'date',
      value: due,
      display: due,
    };
    const found = reviewsMissed(
      section('sickle-cell', 'senior', [field]),
      Date.parse('2026-11-21T02:14:00Z'),
    );
    expect(found).toEqual(missed === null ? [] : [{ label: null, day: missed }]);
  });

  it('that_the_review_of_a_decision_was_missed_the_earliest_first', () => {
    const due = (value: string): ViewField => ({
      field: 'review_due',
      label: 'Review due',
      type: 'date',
      value,
      display: value,
    });
    const record = (id: string, value: string) => ({
      id,
      state: 'current' as const,
      fields: [due(value)],
      recorded: {
        by: 'Dr Amara Nwosu',
        job_title: 'GP',
        organisation: 'Millpond',
        at: '2026-01-01T00:00:00Z',
      },
    });
    const records = [record('a', '2026-11-02'), record('b', '2026-11-01'), record('c', '2027-01-01')];
    const cpr: ViewField = { field: 'cpr', label: 'CPR', type: 'list', records };
    const now = Date.parse('2026-11-21T02:14:00Z');
    expect(reviewsMissed(section('decisions', 'senior', [cpr]), now)).toEqual([
      { label: 'CPR', day: '2026-11-01' },
      { label: 'CPR', day: '2026-11-02' },
    ]);
    const later = { ...cpr, records: [record('c', '2027-01-01')] };
    expect(reviewsMissed(section('decisions', 'senior', [later]), now)).toEqual([]);
  });

  it('that_a_decision_holds_to_the_end_of_its_last_day', () => {
    const last = (field: string): ViewField => ({
      field,
      label: field,
      type: 'date',
      value: '2027-01-21',
      display: 'x',
    });
    for (const field of ['expires_on', 'until']) {
      expect(endedOn([last(field)], Date.parse('2027-01-21T23:00:00Z'))).toBeNull();
      expect(endedOn([last(field)], Date.parse('2027-01-22T00:00:00Z'))).toBe('2027-01-21');
    }
    expect(endedOn([last('review_due')], Date.parse('2028-01-01T00:00:00Z'))).toBeNull();
  });
});

function section(id: string, sign_off = 'none', fields: ViewField[] = []): ViewSection {
  return { section: id, title: id, sign_off, standing: SHARED, fields };
}

function line(field: string, urgent = false): ViewField {
  return { field, label: field, type: 'line', urgent, value: 'x', display: 'x' };
}
