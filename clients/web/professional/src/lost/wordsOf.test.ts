import { describe, expect, it } from 'vitest';
import type { Section } from '@coplan/care-plan/plan';
import { wordsOf, wordsOfCommand } from './wordsOf';

const field = (id: string, label: string, more: object = {}) => ({
  id,
  label,
  type: 'line',
  codes: [],
  items: [],
  parts: [],
  ...more,
});

const section = {
  title: 'About me',
  fields: [
    field('about', 'What matters', { type: 'text' }),
    field('place', 'Preferred place', {
      type: 'coded',
      codes: [{ code: 'home', display: 'At home', system: 's' }],
    }),
    field('contacts', 'Contacts', { type: 'list', items: [field('name', 'Name')] }),
    field('dose', 'Dose', { type: 'group', parts: [field('amount', 'Amount')] }),
  ],
} as unknown as Section;

describe('words that were not sent', () => {
  it('stand_under_the_names_of_their_fields', () => {
    const words = wordsOf(section, [
      { path: ['about'], text: ' and tea' },
      { path: ['place'], text: 'home' },
      { path: ['contacts', 'x1', 'name'], text: 'Ada' },
      { path: ['dose', 'amount'], text: '5' },
    ]);
    expect(words.split('\n')).toEqual([
      'What matters:  and tea',
      'Preferred place: At home',
      'Contacts, Name: Ada',
      'Dose, Amount: 5',
    ]);
  });

  it('are_there_without_a_definition_too', () => {
    expect(wordsOf(undefined, [{ path: ['about'], text: 'tea' }])).toBe('tea');
  });

  it('of_a_decision_are_its_sentences_and_no_codes', () => {
    const body = {
      command: 'record',
      id: 'a1',
      kind: 'cpr',
      reason: 'She said so',
      made_at: '2026-11-22T09:00:00Z',
    };
    expect(wordsOfCommand({ id: 'a1', plan: 'p', path: '', madeAt: '', body })).toBe('She said so');
  });
});
