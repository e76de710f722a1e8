// @vitest-environment happy-dom
import type { ListItem, ViewField, ViewLeaf } from '@coplan/care-plan/plan';
import { cleanup, render } from '@testing-library/preact';
import { afterEach, describe, expect, it } from 'vitest';
import { FieldsOfPlan } from './FieldsOfPlan';

afterEach(cleanup);

describe('a field of a plan', () => {
  it('that_people_disagree_about_shows_every_value_alike_and_says_so', () => {
    const page = show([
      disputed('hospital', 'Royal'),
      disputed('hospital', 'General'),
      leaf('genotype', 'HbSS'),
    ]);
    const values = page.querySelectorAll('.disputed > li');
    expect([...values].map((value) => value.textContent)).toEqual(['Royal', 'General']);
    expect(page.querySelector('.row--disputed')?.textContent).toContain('None of them is agreed');
    expect(page.textContent).toContain('HbSS');
  });

  it('never_names_a_step_do_or_avoid_while_that_is_disputed', () => {
    const mark = (value: string): ViewLeaf => ({ ...disputed('do_or_avoid', value), type: 'coded', value });
    const page = show([
      list([item('1', [leaf('situation', 'Pain'), mark('do'), mark('avoid'), leaf('what', 'Oxygen')])]),
    ]);
    expect(page.querySelector('.step')).toBeNull();
    expect(page.querySelectorAll('.disputed > li')).toHaveLength(2);
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

function disputed(field: string, display: string): ViewLeaf {
  return { ...leaf(field, display), label: `${field} (not agreed)`, disputed: true };
}

function list(items: ListItem[]): ViewField {
  return { field: 'steps', label: 'Steps', type: 'list', items };
}

function item(id: string, fields: ViewField[]): ListItem {
  return { id, fields };
}
