import * as A from '@automerge/automerge';
import { describe, expect, it } from 'vitest';
import { claims, isSettled } from './conflicts';
import { clear, noteSettled, read, type SectionContent, setScalar } from './editing';

type Doc = A.Doc<SectionContent>;

/** Two people who set a place without having seen each other. */
function disagreement(): { merged: Doc; changes: string[] } {
  const start = A.from({ meta: {}, fields: {}, settled: {} }) as unknown as Doc;
  const one = A.change(A.clone(start), (content) => setScalar(content, ['place'], 'home'));
  const other = A.change(A.clone(start), (content) => setScalar(content, ['place'], 'hospice'));
  const merged = A.merge(one, A.clone(other));
  return { merged, changes: claims(merged, ['place'])!.map(({ set }) => set.change!) };
}

const settle = (doc: Doc): Doc =>
  A.change(doc, (content) => {
    clear(content, ['place']);
    setScalar(content, ['place'], 'home');
    noteSettled(content, ['place'], 'asked him again');
  });

describe('a disagreement', () => {
  it('names the change that set each value, and which of them is mine', () => {
    const { merged, changes } = disagreement();
    expect(new Set(changes).size).toBe(2);
    expect(changes.every((hash) => A.hasHeads(merged, [hash]))).toBe(true);
    expect(claims(merged, ['place'])!.filter(({ set }) => set.mine)).toHaveLength(1);
  });

  it('is settled by one change that writes the value and the reason', () => {
    const { merged, changes } = disagreement();
    const settled = settle(merged);
    expect(A.getChanges(merged, settled)).toHaveLength(1);
    expect(claims(settled, ['place'])).toBeUndefined();
    expect(isSettled(merged, 'place', changes)).toBe(false);
    expect(isSettled(settled, 'place', changes)).toBe(true);
    const [note] = Object.values(settled.settled!);
    expect([read(note!.path), read(note!.reason)]).toEqual(['place', 'asked him again']);
  });

  it('is not settled by a write without a reason, nor by a settling elsewhere', () => {
    const { merged, changes } = disagreement();
    const overwritten = A.change(A.clone(merged), (content) => setScalar(content, ['place'], 'hospital'));
    expect(isSettled(overwritten, 'place', changes)).toBe(false);
    const elsewhere = A.change(A.clone(merged), (content) => noteSettled(content, ['other'], 'x'));
    expect(isSettled(elsewhere, 'place', changes)).toBe(false);
  });

  it('stays open for a value that the settling had not seen', () => {
    const { merged, changes } = disagreement();
    const third = A.change(A.clone(merged), (content) => setScalar(content, ['place'], 'hospital'));
    const late = A.decodeChange(A.getLastLocalChange(third)!).hash;
    const both = A.merge(settle(A.clone(merged)), third);
    expect(isSettled(both, 'place', changes)).toBe(true);
    expect(isSettled(both, 'place', [...changes, late])).toBe(false);
  });
});
