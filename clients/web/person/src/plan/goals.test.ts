import type { History, ViewField, ViewSection } from '@coplan/care-plan/plan';
import { describe, expect, it } from 'vitest';
import { pointsOf } from './ConfidenceLine';
import { confidenceIn, goalsOf } from './goals';

const leaf = (field: string, display: string): ViewField => ({ field, label: field, type: 'line', display });
const list = (field: string, items: Record<string, Record<string, string>>): ViewField => ({
  field,
  label: field,
  type: 'list',
  items: Object.entries(items).map(([id, said]) => ({
    id,
    fields: Object.entries(said).map(([name, words]) => leaf(name, words)),
  })),
});
const section = (fields: ViewField[]) =>
  ({ section: 'goals', title: 'Goals', fields }) as unknown as ViewSection;

describe('goals', () => {
  it('have_beside_them_what_somebody_does_for_them', () => {
    const { goals, others } = goalsOf(
      section([
        list('goals', { a: { goal: 'Walk to the shop by May', confidence: '6', state: 'Working on it' } }),
        list('actions', {
          x: {
            what: 'Stairs twice a day',
            for_goal: 'walk to the shop',
            who: 'Hannah Weiss',
            team: 'Community',
          },
          y: { what: 'A letter' },
        }),
      ]),
    );
    expect(goals).toHaveLength(1);
    expect(goals[0]).toMatchObject({ words: 'Walk to the shop by May', confidence: 6, importance: null });
    expect(goals[0]?.actions).toEqual([
      { id: 'x', what: 'Stairs twice a day', who: 'Hannah Weiss, Community', when: '', state: '' },
    ]);
    expect(others.map(({ id }) => id)).toEqual(['y']);
  });
});

describe('how sure somebody is', () => {
  const label = 'How sure I am';
  const entry = (at: string, path: string, kind: string, after: string | null) => ({
    at,
    differences: [{ path, label: '', kind, before: null, after, reason: null }],
  });
  const history = {
    entries: [
      entry('2026-11-20T10:00:00Z', 'goals.a.confidence', 'changed', '6'),
      entry('2026-11-01T10:00:00Z', 'goals.a', 'added', `Goal: Walk; ${label}: 4; State: Working on it`),
      entry('2026-11-10T10:00:00Z', 'goals.b', 'added', 'Goal: Swim'),
      entry('2026-11-15T10:00:00Z', 'goals.a.confidence', 'cleared', null),
      entry('2026-11-15T10:00:00Z', 'actions.a.confidence', 'changed', '9'),
    ],
  } as unknown as History;

  it('is_told_by_history_from_the_first_word_on', () => {
    expect([...confidenceIn(history, label)]).toEqual([
      [
        'a',
        [
          { at: '2026-11-01T10:00:00Z', value: 4 },
          { at: '2026-11-20T10:00:00Z', value: 6 },
        ],
      ],
    ]);
  });

  it('rises_from_left_to_right', () => {
    const [first, last] = pointsOf(confidenceIn(history, label).get('a') ?? [], 10);
    expect(first!.x).toBeLessThan(last!.x);
    expect(first!.y).toBeGreaterThan(last!.y);
  });
});
