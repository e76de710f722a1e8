import { describe, expect, it } from 'vitest';
import { type AuditEvent, auditPath, byDay } from './audit';

const event = (id: number, at: string): AuditEvent => ({
  id,
  at,
  sentence: 'Millpond Surgery opened your plan',
  action: 'view:read',
  outcome: 'allowed',
  name: 'Dr Amara Okonkwo',
  job_title: 'GP partner',
  organisation: 'Millpond Surgery',
  connection: 'care-team',
  emergency: false,
  reason: null,
});

describe('what was opened', () => {
  it('is_told_by_day_in_London_the_newest_first', () => {
    const late = event(1, '2026-06-30T23:30:00.000Z');
    const early = event(2, '2026-06-30T12:00:00.000Z');
    const next = event(3, '2026-07-01T08:00:00.000Z');
    const days = byDay([early, late, next]);
    expect(days.map(({ day, events }) => [day, events.map(({ id }) => id)])).toEqual([
      ['1 July 2026', [3, 1]],
      ['30 June 2026', [2]],
    ]);
  });

  it('is_asked_for_in_pages', () => {
    expect(auditPath('/api/plans/p-1', null)).toBe('/api/plans/p-1/audit?limit=50');
    expect(auditPath('/api/plans/p-1', 812)).toBe('/api/plans/p-1/audit?limit=50&before=812');
  });
});
