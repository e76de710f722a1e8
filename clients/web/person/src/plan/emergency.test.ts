import { field, section } from '@coplan/care-plan/fixtures';
import type { PublishedView, Section, ViewField } from '@coplan/care-plan/plan';
import { describe, expect, it } from 'vitest';
import { emergencyOf } from './emergency';

const part = (special: Partial<Section>): Section => ({
  ...section,
  audiences: ['clinician', 'emergency', 'person'],
  fields: [],
  ...special,
});

const definitions: Section[] = [
  part({
    id: 'about-me',
    title: 'About me',
    fields: [
      field({ id: 'please_do', type: 'text' }),
      field({ id: 'pets', type: 'text', audiences: ['clinician', 'person'] }),
    ],
  }),
  part({
    id: 'decisions',
    title: 'Decisions',
    fields: [
      field({
        id: 'cpr',
        type: 'list',
        items: [
          field({ id: 'recommendation', type: 'coded' }),
          field({ id: 'involvement', type: 'text', audiences: ['clinician', 'person'] }),
          field({ id: 'capacity', type: 'coded', audiences: ['clinician', 'emergency'] }),
        ],
      }),
    ],
  }),
  part({
    id: 'goals',
    title: 'Goals',
    audiences: ['clinician', 'person'],
    fields: [field({ id: 'hope', type: 'line' })],
  }),
  part({ id: 'staff-safety', title: 'Staff safety', audiences: ['clinician', 'emergency'] }),
];
const ALL = new Set(definitions.map(({ id }) => id));

const words = (id: string): ViewField => ({ field: id, label: id, type: 'text', display: id });
const published = (sections: Record<string, ViewField[]>) =>
  ({
    sections: Object.entries(sections).map(([id, fields]) => ({
      section: id,
      title: id,
      sign_off: 'none',
      standing: { state: 'shared', at: '2026-11-22T09:00:00Z' },
      fields,
    })),
  }) as unknown as PublishedView;

const cpr = {
  field: 'cpr',
  label: 'CPR',
  type: 'list',
  records: [{ id: 'r', state: 'current', fields: [words('recommendation'), words('involvement')] }],
} as unknown as ViewField;

describe('what staff see in an emergency', () => {
  it('is_what_crews_get_of_the_persons_own_view_and_nothing_else_of_it', () => {
    const view = published({
      'about-me': [words('please_do'), words('pets')],
      goals: [words('hope')],
      decisions: [cpr],
    });
    const { sections, noCpr } = emergencyOf(view, definitions, ALL);
    expect(sections.map((one) => one.section)).toEqual(['decisions', 'about-me']);
    expect(JSON.stringify(sections)).not.toMatch(/pets|hope|involvement/);
    expect(noCpr).toBe(false);
  });

  it('says_that_nothing_is_decided_about_the_heart', () => {
    expect(emergencyOf(published({ 'about-me': [words('please_do')] }), definitions, ALL).noCpr).toBe(true);
  });

  it('names_where_crews_may_read_more_than_the_person_does', () => {
    expect(emergencyOf(published({}), definitions, ALL).more).toEqual(['Decisions', 'Staff safety']);
    expect(emergencyOf(published({}), definitions, new Set(['about-me'])).more).toEqual([]);
  });

  it('shows_nothing_that_no_definition_knows', () => {
    const { sections } = emergencyOf(
      published({ 'about-me': [words('new')], newer: [words('x')] }),
      definitions,
      ALL,
    );
    expect(sections).toEqual([]);
  });
});
