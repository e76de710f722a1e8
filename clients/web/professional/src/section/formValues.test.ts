import { describe, expect, it } from 'vitest';
import { code, field } from '@coplan/care-plan/fixtures';
import { isAskedFor, isRequired, parseForm, typedStored } from './formValues';

const capacity = field({
  id: 'capacity',
  type: 'coded',
  required: true,
  codes: [code('has', 'Has'), code('lacks', 'Lacks')],
});
const basis = field({ id: 'basis', type: 'line', required_if: { field: 'capacity', is: ['lacks'] } });
const told = field({ id: 'told', type: 'yes-no' });
const why = field({ id: 'why', type: 'line', required_if: { field: 'told', is: ['no'] } });
const dose = field({
  id: 'dose',
  type: 'group',
  parts: [field({ id: 'drug', type: 'line', required: true }), field({ id: 'ml', type: 'integer' })],
});

describe('a form', () => {
  it('asks a question only where what it depends on was said, and then needs an answer', () => {
    expect(isAskedFor(basis, { capacity: 'has' })).toBe(false);
    expect(isRequired(basis, { capacity: 'lacks' })).toBe(true);
    expect(isAskedFor(why, { told: 'true' })).toBe(false);
    expect(isRequired(why, { told: 'false' })).toBe(true);
  });

  it('sends no answer to a question that is not asked any more', () => {
    const { values, faults } = parseForm([capacity, basis], { capacity: 'has', basis: 'typed before' });
    expect([values, faults]).toEqual([{ capacity: 'has' }, {}]);
  });

  it('says of each field what is missing', () => {
    const { faults } = parseForm([capacity, basis, told, why], { capacity: 'lacks', told: 'false' });
    expect(faults).toEqual({ basis: 'must be filled in', why: 'must be filled in' });
    expect(parseForm([capacity], {}).faults).toEqual({ capacity: 'must be chosen' });
  });

  it('makes a group whole or not at all', () => {
    expect(parseForm([dose], {}).values).toEqual({});
    expect(parseForm([dose], { 'dose.ml': '5' }).faults).toEqual({ 'dose.drug': 'must be filled in' });
    expect(parseForm([dose], { 'dose.drug': 'Morphine', 'dose.ml': '5' }).values).toEqual({
      dose: { drug: 'Morphine', ml: 5 },
    });
  });

  it('reads dates and shows them as they are typed', () => {
    const review = field({ id: 'review', type: 'date', required: true });
    expect(parseForm([review], { review: '1/3/2027' }).values).toEqual({ review: '2027-03-01' });
    expect(parseForm([review], { review: '31/2/2027' }).faults).toEqual({
      review: 'must be a real date, like 21 11 2026',
    });
    expect(typedStored(review, '2027-03-01')).toEqual({ review: '1/3/2027' });
  });
});
