// @vitest-environment happy-dom
import type {
  DecisionRecord,
  ListItem,
  ViewContested,
  ViewField,
  ViewLeaf,
  ViewRecords,
} from '@coplan/care-plan/plan';
import { cleanup, render } from '@testing-library/preact';
import { afterEach, describe, expect, it } from 'vitest';
import { NowContext } from '../now';
import { FieldsOfPlan } from './FieldsOfPlan';

afterEach(cleanup);

describe('a field of a plan', () => {
  it('that_people_disagree_about_shows_what_each_says_alike_with_who_and_when', () => {
    const page = show([contested('hospital', ['Royal', 'General']), leaf('genotype', 'HbSS')]);
    const values = [...page.querySelectorAll('.disputed > li')];
    expect(values.map((value) => value.querySelector('strong')?.textContent)).toEqual(['Royal', 'General']);
    expect(values[0]?.textContent).toContain('Ama Owusu, District nurse, Riverside, 18 November 2026, 09:12');
    expect(page.querySelector('.row--disputed')?.textContent).toContain('There is no agreed value');
    expect(page.textContent).toContain('HbSS');
  });

  it('that_was_signed_before_people_disagreed_says_so_beside_what_they_say', () => {
    const signed = { ...contested('location', ['Bedroom', 'Fridge']), value: 'Kitchen', display: 'Kitchen' };
    const page = show([signed as ViewField]);
    expect(page.querySelector('.was-signed')?.textContent).toBe('Signed before people disagreed:Kitchen');
    expect(page.querySelectorAll('.disputed > li')).toHaveLength(2);
  });

  it('names_the_narrower_choice_as_the_one_to_keep_to', () => {
    const field = contested('may_be_told', ['Everything', 'Nothing']);
    field.contenders[1] = { ...field.contenders[1], display: 'Nothing', applies: true };
    expect(show([field]).textContent).toContain('keep to the narrower: Nothing');
  });

  it('never_names_a_step_do_or_avoid_while_that_is_disputed', () => {
    const mark: ViewField = { ...contested('do_or_avoid', ['do', 'avoid']), type: 'coded' };
    const page = show([list([item('1', [leaf('situation', 'Pain'), mark, leaf('what', 'Oxygen')])])]);
    expect(page.querySelector('.step')).toBeNull();
    expect(page.querySelectorAll('.disputed > li')).toHaveLength(2);
  });

  it('with_one_decision_says_who_recorded_it_and_that_nobody_endorsed_it_yet', () => {
    const page = show([cpr([record('a', 'Not for attempted CPR', { needs_endorsement: true })])]);
    expect(page.querySelector('.record__lead')?.textContent).toBe('Not for attempted CPR');
    expect(page.textContent).toContain(
      'Recorded by Dr Naa Quarshie, Registrar, Wenford General (GMC 7908123)',
    );
    expect(page.textContent).toContain('Not yet endorsed by a senior decision-maker');
  });

  it('with_a_decision_that_has_ended_or_is_overdue_says_so_where_it_stands', () => {
    const day = (field: string): ViewField => ({
      ...leaf(field, '21 January 2027'),
      type: 'date',
      value: '2027-01-21',
    });
    const at = (moment: string, field: string) => {
      const one = record('a', 'May be given as written here');
      const held = { ...one, fields: [...one.fields, day(field)] };
      const { container } = render(
        <NowContext.Provider value={Date.parse(moment)}>
          <FieldsOfPlan fields={[cpr([held])]} as="fields" brief />
        </NowContext.Provider>,
      );
      return container.querySelector('.record .overdue')?.textContent ?? null;
    };
    expect(at('2027-01-21T23:00:00Z', 'expires_on')).toBeNull();
    expect(at('2027-01-22T00:00:00Z', 'expires_on')).toBe('Ended 21 January 2027. It holds no longer.');
    expect(at('2027-01-22T00:00:00Z', 'review_due')).toBe('Review was due 21 January 2027');
  });

  it('with_two_decisions_shows_both_alike_and_names_neither_as_in_force', () => {
    const disputed = { state: 'disputed' } as const;
    const both = [record('a', 'Not for attempted CPR', disputed), record('b', 'For attempted CPR', disputed)];
    const page = show([{ ...cpr(both), disputed: true }]);
    expect([...page.querySelectorAll('.disputed .record__lead')].map((one) => one.textContent)).toEqual([
      'Not for attempted CPR',
      'For attempted CPR',
    ]);
    expect(page.textContent).toContain('None of them is agreed');
    expect(page.textContent).toContain('the usual rule is to start CPR');
  });

  it('with_one_treatment_in_dispute_leaves_the_others_agreed', () => {
    const disputed = { state: 'disputed' } as const;
    const records = [
      record('a', 'Oxygen'),
      record('b', 'Dialysis', disputed),
      record('c', 'Dialysis', disputed),
    ];
    const page = show([{ ...cpr(records), field: 'treatment_escalation', disputed: true }]);
    expect(page.querySelector('.records')?.textContent).toContain('Oxygen');
    expect(page.querySelector('.disputed')?.textContent).not.toContain('Oxygen');
  });

  it('in_short_says_of_a_treatment_what_is_recommended_and_names_who_decided_once', () => {
    const treatment = (id: string, what: string, recommendation: string): DecisionRecord => ({
      ...record(id, what),
      fields: [
        leaf('treatment', what),
        { ...leaf('recommendation', recommendation), urgent: true },
        leaf('capacity', 'Has capacity'),
      ],
    });
    const records = [
      treatment('a', 'Intensive care', 'Not recommended'),
      treatment('b', 'Oxygen', 'Recommended'),
    ];
    const field: ViewRecords = { field: 'treatment_escalation', label: 'Treatment', type: 'list', records };
    const page = render(<FieldsOfPlan fields={[field]} as="fields" brief />).container;
    expect(page.textContent).toContain('Intensive care' + 'recommendation' + 'Not recommended');
    expect(page.textContent).not.toContain('Has capacity');
    expect(page.querySelectorAll('.standing')).toHaveLength(1);
    expect(show([field]).textContent).toContain('Has capacity');
  });

  it('marks_steps_in_words_and_names_their_situation_once', () => {
    const step = (id: string, mark: string, what: string) =>
      item(id, [
        leaf('situation', 'Pain'),
        { ...leaf('do_or_avoid', mark), type: 'coded', value: mark },
        leaf('what', what),
      ]);
    const page = show([list([step('1', 'do', 'Sit upright'), step('2', 'avoid', 'Lie flat')])]);
    expect(page.querySelectorAll('.lead')).toHaveLength(1);
    expect([...page.querySelectorAll('.step')].map((one) => one.textContent)).toEqual([
      'do: Sit upright',
      'avoid: Lie flat',
    ]);
  });

  it('is_text_whatever_was_typed', () => {
    const page = show([leaf('what', '<img src=x onerror=alert(1)>')]);
    expect(page.querySelector('img')).toBeNull();
    expect(page.textContent).toContain('<img src=x onerror=alert(1)>');
  });

  it('with_a_telephone_number_can_be_rung', () => {
    const page = show([{ ...leaf('phone', '020 7946 0018'), type: 'phone' }]);
    expect(page.querySelector('a')?.getAttribute('href')).toBe('tel:02079460018');
  });
});

function show(fields: ViewField[]): Element {
  return render(<FieldsOfPlan fields={fields} as="fields" />).container;
}

function leaf(field: string, display: string): ViewLeaf {
  return { field, label: field, type: 'line', value: display, display };
}

function contested(field: string, displays: string[]): ViewContested {
  const who = { by: 'Ama Owusu', job_title: 'District nurse', organisation: 'Riverside' };
  const contenders = displays.map((display) => ({
    display,
    value: display,
    ...who,
    at: '2026-11-18T09:12:00.000Z',
  }));
  return { field, label: `${field} (not agreed)`, type: 'line', disputed: true, contenders };
}

function cpr(records: DecisionRecord[]): ViewRecords {
  return { field: 'cpr', label: 'CPR recommendation', type: 'list', records };
}

function record(id: string, recommendation: string, more: Partial<DecisionRecord> = {}): DecisionRecord {
  const recorded = {
    by: 'Dr Naa Quarshie',
    job_title: 'Registrar',
    organisation: 'Wenford General',
    registration: 'GMC 7908123',
    at: '2026-11-18T14:02:00.000Z',
  };
  return { id, state: 'current', fields: [leaf('recommendation', recommendation)], recorded, ...more };
}

function list(items: ListItem[]): ViewField {
  return { field: 'steps', label: 'Steps', type: 'list', items };
}

function item(id: string, fields: ViewField[]): ListItem {
  return { id, fields };
}
