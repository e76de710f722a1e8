import { describe, expect, it } from 'vitest';
import type { Entry } from '@coplan/care-plan/plan';
import { momentsOf } from './moments';

const entry = (at: string): Entry => ({ id: at, at, sentence: at }) as Entry;
const publications = [{ version: 1, published_at: '2026-11-02T12:00:00.000Z' }];

describe('the moments of a plan', () => {
  it('are its versions and the days on which something changed, and now', () => {
    const entries = [
      entry('2026-11-03T09:00:00.000Z'),
      entry('2026-11-03T08:00:00.000Z'),
      entry('2026-11-01T10:00:00.000Z'),
    ];
    expect(momentsOf(publications, entries).map(({ key }) => key)).toEqual([
      '2026-11-01T10:00:00.000Z',
      'version:1',
      '2026-11-03T09:00:00.000Z',
      'now',
    ]);
  });

  it('hold every change once, after the moment before', () => {
    const entries = [
      entry('2026-11-03T09:00:00.000Z'),
      entry('2026-11-02T12:00:00.000Z'),
      entry('2026-11-01T10:00:00.000Z'),
    ];
    const moments = momentsOf(publications, entries);
    expect(moments.flatMap((moment) => moment.entries.map(({ id }) => id)).sort()).toEqual(
      entries.map(({ id }) => id).sort(),
    );
    expect(moments.find(({ key }) => key === 'version:1')?.entries).toHaveLength(1);
  });

  it('of a plan without changes are now alone', () => {
    expect(momentsOf([], []).map(({ label }) => label)).toEqual(['Now']);
  });
});
