import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '@coplan/care-plan/plan';
import { shownOf, whoWords } from './events';

const event = (id: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id,
  at: '2026-07-01T12:00:00Z',
  sentence: 'Somebody opened the plan',
  action: 'see',
  outcome: 'allowed',
  name: 'Dr Ruth Adler',
  job_title: null,
  organisation: 'Marsh Lane Surgery',
  connection: 'care-team',
  emergency: false,
  reason: null,
  ...more,
});

describe('who has opened a plan', () => {
  it('can_be_narrowed_to_refusals_and_emergencies', () => {
    const all = [event(1), event(2, { outcome: 'refused' }), event(3, { emergency: true })];
    expect(shownOf(all, 'all')).toHaveLength(3);
    expect(shownOf(all, 'refused').map(({ id }) => id)).toEqual([2]);
    expect(shownOf(all, 'emergency').map(({ id }) => id)).toEqual([3]);
  });

  it('names_who_it_was_as_far_as_the_server_does', () => {
    expect(whoWords(event(1))).toBe('Dr Ruth Adler, Marsh Lane Surgery');
    expect(whoWords(event(1, { name: null, organisation: null }))).toBe('');
  });
});
