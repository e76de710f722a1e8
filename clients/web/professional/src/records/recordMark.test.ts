import { describe, expect, it } from 'vitest';
import type { Field } from '@coplan/care-plan/plan';
import { itemName } from '@coplan/care-plan/fields';
import { recordMark } from './recordMark';

const field = (id: string, type: string, more: object = {}) =>
  ({ id, type, label: id, codes: [], items: [], parts: [], ...more }) as unknown as Field;

const list = field('allergies', 'list', {
  items: [
    field('agent', 'line'),
    field('record_source', 'coded', {
      codes: [{ system: '', code: 'gp-record', display: 'from GP record' }],
    }),
    field('record_date', 'date'),
  ],
});

describe('the mark of an import', () => {
  it('says which record an item is from and since when', () => {
    const item = { order: 1, agent: 'Latex', record_source: 'gp-record', record_date: '2026-11-21' };
    expect(recordMark(list, item)).toBe('from GP record, 21 November 2026');
    expect(itemName(list, item)).toBe('Latex');
  });

  it('is not there for what somebody wrote here', () => {
    expect(recordMark(list, { order: 1, agent: 'Latex' })).toBe('');
  });
});
