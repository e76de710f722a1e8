import { describe, expect, it } from 'vitest';
import type { PlanId } from '../api';
import { type AuditEvent, auditPath, byDay, shownOf, whoWords } from './events';

const event = (at: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: at,
  at,
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
  it('stands_by_the_day_in_london', () => {
    const days = byDay([
      event('2026-07-02T00:30:00Z'),
      event('2026-07-01T23:30:00Z'),
      event('2026-07-01T12:00:00Z'),
    ]);
    expect(days.map(({ day, events }) => [day, events.length])).toEqual([
      ['2 July 2026', 2],
      ['1 July 2026', 1],
    ]);
  });

  it('can_be_narrowed_to_refusals_and_emergencies', () => {
    const all = [event('a'), event('b', { outcome: 'refused' }), event('c', { emergency: true })];
    expect(shownOf(all, 'all')).toHaveLength(3);
    expect(shownOf(all, 'refused').map(({ id }) => id)).toEqual(['b']);
    expect(shownOf(all, 'emergency').map(({ id }) => id)).toEqual(['c']);
  });

  it('names_who_it_was_as_far_as_the_server_does', () => {
    expect(whoWords(event('a'))).toBe('Dr Ruth Adler, Marsh Lane Surgery');
    expect(whoWords(event('a', { name: null, organisation: null }))).toBe('');
  });

  it('is_asked_for_page_by_page', () => {
    expect(auditPath('p1' as PlanId)).toBe('/api/plans/p1/audit?limit=50');
    expect(auditPath('p1' as PlanId, 17)).toBe('/api/plans/p1/audit?limit=50&before=17');
  });
});
