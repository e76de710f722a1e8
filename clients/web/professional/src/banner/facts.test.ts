import * as A from '@automerge/automerge';
import type { PublishedView, ViewField } from '@coplan/care-plan/plan';
import type { SectionContent } from '@coplan/care-plan/sync';
import { describe, expect, it } from 'vitest';
import type { Decision, DecisionKind } from '../decisions/decision';
import { code, field, section } from '@coplan/care-plan/fixtures';
import type { SectionStanding } from '../signing/useToSign';
import { allergiesFact, alertsFact, cprFact } from './facts';

const recorded = {
  user: 'a',
  name: 'Dr A',
  role: 'doctor',
  job_title: 'GP',
  organisation: 'Surgery',
  at: '2026-11-21T23:30:00Z',
};
const decision = (state: Decision['state'], display: string, special: Partial<Decision> = {}): Decision =>
  ({
    id: display,
    state,
    fields: [{ field: 'r', label: 'R', type: 'coded', display }],
    recorded,
    endorsed: null,
    ...special,
  }) as Decision;
const kind = (records: Decision[], disputed = false): DecisionKind =>
  ({ kind: 'cpr', label: 'CPR', endorsed: true, disputed, records }) as DecisionKind;
const view = (fields: unknown[]): PublishedView =>
  ({ sections: [{ fields: fields as ViewField[] }] }) as PublishedView;

describe('the CPR decision in the banner', () => {
  it('is the one that stands, with its day and what it lacks', () => {
    const fact = cprFact(
      kind([decision('superseded', 'For attempted CPR'), decision('current', 'Not for attempted CPR')]),
      undefined,
    );
    expect(fact).toEqual({ words: 'Not for attempted CPR', note: '21 November 2026, not endorsed' });
    const endorsed = decision('current', 'Not for attempted CPR', { endorsed: recorded });
    expect(cprFact(kind([endorsed]), undefined).note).toBe('21 November 2026');
  });

  it('is neither of two that people disagree about', () => {
    const both = [decision('disputed', 'For attempted CPR'), decision('disputed', 'Not for attempted CPR')];
    expect(cprFact(kind(both, true), undefined)).toEqual({
      words: 'For attempted CPR / Not for attempted CPR',
      note: 'disputed, none is agreed',
      disputed: true,
    });
  });

  it('says so where nothing is recorded, or nothing published', () => {
    expect(cprFact(kind([]), undefined).empty).toBe(true);
    expect(cprFact(undefined, view([]))).toEqual({ words: 'No decision published', empty: true });
  });

  it('is read from what is published by those who do not read the records', () => {
    const body = { field: 'r', label: 'R', type: 'coded', value: 'x', display: 'Not for attempted CPR' };
    const one = {
      id: 'a',
      state: 'current',
      fields: [body],
      recorded: { by: 'Dr A', at: '2026-11-21T10:00:00Z' },
      needs_endorsement: true,
    };
    const cpr = { field: 'cpr', label: 'CPR', type: 'list', records: [one] };
    expect(cprFact(undefined, view([cpr]))).toMatchObject({
      words: 'Not for attempted CPR',
      note: expect.stringMatching(/not endorsed$/),
    });
    const two = { ...cpr, disputed: true, records: [one, { ...one, id: 'b', state: 'disputed' }] };
    expect(cprFact(undefined, view([two])).disputed).toBe(true);
  });
});

const health = {
  ...section,
  id: 'health',
  fields: [
    field({ id: 'allergies', type: 'list', items: [field({ id: 'agent', type: 'line' })] }),
    field({
      id: 'none_known',
      type: 'coded',
      label: 'No known allergies',
      denies: 'allergies',
      codes: [code('nka', 'None')],
    }),
    field({ id: 'alerts', type: 'list', items: [field({ id: 'what', type: 'line' })] }),
  ],
};
const standing = (fields: Record<string, unknown>, disputes: { path: string }[] = []): SectionStanding[] => {
  const content = A.from({ meta: {}, fields } as unknown as Record<
    string,
    unknown
  >) as unknown as A.Doc<SectionContent>;
  return [
    {
      definition: health,
      disputes,
      document: { state: { value: { content } } },
    } as unknown as SectionStanding,
  ];
};

describe('allergies and alerts in the banner', () => {
  it('name what stands, and not what was removed', () => {
    const allergies = {
      a: { order: 1, agent: 'Penicillin' },
      b: { order: 2, agent: 'Latex', removed: 'wrong person' },
    };
    expect(allergiesFact(standing({ allergies }), undefined)?.words).toBe('Penicillin');
  });

  it('show the allergies where somebody also recorded that there are none, marked as disputed', () => {
    const fields = { allergies: { a: { order: 1, agent: 'Penicillin' } }, none_known: 'nka' };
    expect(allergiesFact(standing(fields, [{ path: 'none_known' }]), undefined)).toEqual({
      words: 'Penicillin',
      disputed: true,
      note: 'disputed',
    });
  });

  it('tell nothing recorded from none known', () => {
    expect(allergiesFact(standing({ allergies: {} }), undefined)?.words).toBe('Not recorded');
    expect(allergiesFact(standing({ allergies: {}, none_known: 'nka' }), undefined)?.words).toBe(
      'No known allergies',
    );
  });

  it('leave no empty box for alerts', () => {
    expect(alertsFact(standing({ allergies: {}, alerts: {} }), undefined)).toBeUndefined();
    expect(alertsFact(standing({ alerts: { a: { order: 1, what: 'Dog' } } }), undefined)?.words).toBe('Dog');
  });
});
