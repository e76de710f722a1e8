import { describe, expect, it } from 'vitest';
import { section } from '@coplan/care-plan/fixtures';
import { changesInWords } from './changesInWords';
import { missingRequired } from './missing';

const told = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  changesInWords(section, before, after).map(({ label, words }) => `${label}: ${words}`);

describe('changes in words', () => {
  it('says nothing about what is the same', () => {
    expect(told({ about: 'x', genotype: 'ss' }, { about: 'x', genotype: 'ss' })).toEqual([]);
  });

  it('tells a choice by what people read, with what it was', () => {
    expect(told({ genotype: 'ss' }, { genotype: 'sc' })).toEqual(['Genotype: HbSC, was HbSS']);
    expect(told({ genotype: 'ss' }, {})).toEqual(['Genotype: cleared, was HbSS']);
    expect(told({}, { genotype: 'sc' })).toEqual(['Genotype: HbSC']);
  });

  it('keeps both versions of a text, for showing word by word', () => {
    expect(changesInWords(section, { about: 'likes tea' }, { about: 'likes coffee' })).toEqual([
      { label: 'About', words: 'changed', before: 'likes tea', after: 'likes coffee' },
    ]);
  });

  it('tells a group as a whole', () => {
    const dose = (drug: string, amount: string) => ({ dose: { drug, amount } });
    expect(told(dose('Morphine', '5 mg'), dose('Morphine', '10 mg'))).toEqual([
      'First line: Dose: 10 mg, was 5 mg. In full: Morphine, 10 mg',
    ]);
  });

  it('tells items that came, changed, went, came back and moved', () => {
    const amina = { order: 1, name: 'Amina', phone: '020 7946 0018' };
    const ben = { order: 2, name: 'Ben' };
    const list = (contacts: object) => ({ contacts });
    expect(told(list({}), list({ a: amina }))).toEqual([
      'Contacts: Amina, 020 7946 0018: added. Name: Amina; Telephone: 020 7946 0018',
    ]);
    expect(told(list({ b: ben }), list({ b: { ...ben, name: 'Benjamin' } }))).toEqual([
      'Contacts: Benjamin: Name: Benjamin, was Ben',
    ]);
    expect(told(list({ b: ben }), list({ b: { ...ben, removed: 'moved away' } }))).toEqual([
      'Contacts: Ben: removed, because: moved away',
    ]);
    expect(told(list({ b: { ...ben, removed: 'x' } }), list({ b: ben }))).toEqual([
      'Contacts: Ben: put back',
    ]);
    expect(told(list({ a: amina, b: ben }), list({ a: { ...amina, order: 3 }, b: ben }))).toEqual([
      'Contacts: Contacts are in another order',
    ]);
  });
});

describe('what must be filled in before signing', () => {
  it('names fields, parts of groups and fields of items', () => {
    expect(
      missingRequired(section, { dose: { amount: '5 mg' }, contacts: { a: { order: 1, phone: '999' } } }),
    ).toEqual(['Genotype', 'First line: Medicine', 'Contacts: 999: Name']);
  });

  it('asks nothing of items that were removed', () => {
    expect(missingRequired(section, { genotype: 'ss', contacts: { a: { order: 1, removed: 'x' } } })).toEqual(
      [],
    );
  });
});
