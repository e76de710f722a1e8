import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '@coplan/care-plan/plan';
import { markOf, parted, timeOf, whoWords } from './events';

const event = (given: Partial<AuditEvent>): AuditEvent => ({
  id: 1,
  at: '2026-11-22T09:00:00.000Z',
  sentence: 'Millpond Surgery opened your plan',
  action: 'view:read',
  outcome: 'allowed',
  name: 'Dr Amara Okonkwo',
  job_title: 'GP partner',
  organisation: 'Millpond Surgery',
  connection: 'care-team',
  emergency: false,
  reason: null,
  ...given,
});

describe('what was opened', () => {
  it('has_its_time_in_London', () => {
    expect(timeOf(event({ at: '2026-06-30T23:30:00.000Z' }))).toBe('00:30');
  });

  it('stands_apart_from_what_was_refused', () => {
    const refused = event({ id: 2, outcome: 'refused' });
    const { done, refused: not } = parted([event({}), refused]);
    expect([done.length, not]).toEqual([1, [refused]]);
  });

  it('is_marked_where_the_glass_was_broken_or_it_was_an_emergency', () => {
    expect(markOf(event({ action: 'relationship:break-glass', emergency: true }))).toBe('glass');
    expect(markOf(event({ connection: 'break-glass', emergency: true }))).toBe('glass');
    expect(markOf(event({ connection: 'emergency', emergency: true }))).toBe('emergency');
    expect(markOf(event({}))).toBeNull();
  });

  it('says_who_it_was_but_not_twice_and_not_to_oneself', () => {
    expect(whoWords(event({}))).toBe('Dr Amara Okonkwo, GP partner');
    expect(whoWords(event({ connection: 'own' }))).toBe('');
    expect(whoWords(event({ connection: null, sentence: 'You wrote in your plan' }))).toBe('');
    expect(whoWords(event({ name: null, job_title: null }))).toBe('');
    const proxy = { name: 'Susan Farrow', job_title: 'Attorney', sentence: 'Susan Farrow opened the plan' };
    expect(whoWords(event(proxy))).toBe('Attorney');
  });
});
