import type { ViewField } from '@coplan/care-plan/plan';
import { describe, expect, it } from 'vitest';
import { leadOf, worthSaying } from './reading';

const leaf = (type: string, value: unknown, more = {}) =>
  ({ field: 'f', label: 'F', type, value, display: String(value), ...more }) as ViewField;

describe('a part of the plan', () => {
  it('is_led_by_its_first_value_unless_people_disagree_about_it_or_it_is_prose', () => {
    expect(leadOf([leaf('line', 'Morphine'), leaf('line', '5 mg')])?.display).toBe('Morphine');
    expect(leadOf([leaf('text', 'A long story')])).toBeUndefined();
    expect(leadOf([leaf('line', 'Fridge', { disputed: true, contenders: [] })])).toBeUndefined();
    expect(leadOf([])).toBeUndefined();
  });

  it('says_what_is_so_and_keeps_what_is_disputed', () => {
    const fields = [leaf('yes-no', false), leaf('yes-no', true), leaf('yes-no', false, { disputed: true })];
    expect(worthSaying({ fields })).toEqual(fields.slice(1));
  });
});
