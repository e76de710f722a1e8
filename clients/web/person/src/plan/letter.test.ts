import { section } from '@coplan/care-plan/fixtures';
import type { Author, PathAuthor, PublishedView, Section } from '@coplan/care-plan/plan';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../api';
import { changePath } from '../changePath';
import { lockedIn } from './locked';
import { whoWrote } from './wrote';

const by = (user: string, name: string): Author => ({
  user,
  name,
  role: 'person',
  job_title: user === 'me' ? 'Has this plan' : 'District nurse',
  organisation: '',
});
const wrote = (path: string, user: string, people?: number): PathAuthor => ({
  path,
  by: by(user, user === 'me' ? 'Túndé' : 'Samina Akhtar'),
  at: '2026-11-19T19:30:00Z',
  device_at: null,
  change: 'c',
  ...(people ? { people } : {}),
});

describe('who wrote something', () => {
  it('is_you_or_somebody_by_name_and_what_they_are', () => {
    const authors = [wrote('mine', 'me'), wrote('hers', 'nurse', 3), wrote('both', 'me', 2)];
    expect(whoWrote(authors, 'mine', 'me')).toBe('You wrote this, 19 November 2026, 19:30');
    expect(whoWrote(authors, 'hers', 'me')).toBe(
      'Samina Akhtar (district nurse) wrote this, with 2 others, 19 November 2026, 19:30',
    );
    expect(whoWrote(authors, 'both', 'me')).toMatch(/^You wrote this, with one other,/);
    expect(whoWrote(authors, 'nobody', 'me')).toBe('');
  });
});

describe('a part that is not shown', () => {
  const plan = {
    id: 'p',
    sections: [
      { section: 'about-me', access: 'write' },
      { section: 'tasks', access: 'read' },
    ],
    published_only: [
      { section: 'health', title: 'Health' },
      { section: 'palliative', title: 'Palliative' },
      { section: 'staff-safety', title: 'Staff safety' },
      { section: 'unheard-of', title: 'New' },
    ],
  } as Plan;
  const definitions: Section[] = [
    { ...section, id: 'palliative', audiences: ['clinician', 'person'] },
    { ...section, id: 'staff-safety', audiences: ['clinician', 'emergency'] },
  ];

  it('is_named_with_why', () => {
    const view = { sections: [{ section: 'health' }] } as PublishedView;
    expect(lockedIn(plan, view, definitions)).toEqual([
      { section: 'palliative', title: 'Palliative', why: 'not-yet' },
      { section: 'staff-safety', title: 'Staff safety', why: 'staff' },
      { section: 'unheard-of', title: 'New', why: 'staff' },
    ]);
  });

  it('can_be_changed_only_where_one_may_write', () => {
    expect(changePath(plan, 'about-me')?.('most_important')).toBe(
      '/person/plans/p/change/about-me/most_important',
    );
    expect(changePath(plan, 'about-me')?.('goals/a b')).toBe('/person/plans/p/change/about-me/goals%2Fa%20b');
    expect(changePath(plan, 'tasks')).toBeUndefined();
    expect(changePath(plan, 'health')).toBeUndefined();
  });
});
