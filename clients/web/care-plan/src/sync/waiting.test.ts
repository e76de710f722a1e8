import * as A from '@automerge/automerge';
import { describe, expect, it } from 'vitest';
import { addItem, noteSettled, type SectionContent, setGroup, setScalar, setText } from './editing';
import { countWaiting } from './waiting';

const genesis = () =>
  A.from({
    meta: {},
    fields: { about: 'tea', other: '', contacts: {} },
    settled: {},
  } as unknown as Record<string, unknown>) as unknown as A.Doc<SectionContent>;

const after = (...edits: ((content: SectionContent) => void)[]) => {
  const doc = genesis();
  const acknowledged = A.getHeads(doc);
  return countWaiting(
    edits.reduce((now, edit) => A.change(now, edit), doc),
    acknowledged,
  );
};

describe('what waits for the hub', () => {
  it('is nothing once the hub has every change', () => {
    expect(after()).toBe(0);
  });

  it('counts a text once, however many keys were pressed', () => {
    expect(
      after(
        (content) => setText(content, ['about'], 'tea a'),
        (content) => setText(content, ['about'], 'tea an'),
        (content) => setText(content, ['about'], 'tea and'),
      ),
    ).toBe(1);
  });

  it('counts each field, each group and each item once', () => {
    expect(
      after(
        (content) => setText(content, ['about'], 'milk'),
        (content) => setScalar(content, ['place'], 'home'),
        (content) => setGroup(content, ['dose'], { drug: 'morphine', amount: '5 mg' }),
        (content) => addItem(content, 'contacts', 'one', ['note']),
        (content) => setScalar(content, ['contacts', 'one', 'name'], 'Amina'),
        (content) => addItem(content, 'contacts', 'two', []),
      ),
    ).toBe(5);
  });

  it('counts what settles a dispute once, with its reason', () => {
    expect(
      after((content) => {
        setScalar(content, ['place'], 'home');
        noteSettled(content, ['place'], 'asked again');
      }),
    ).toBe(1);
  });

  it('is never nothing while a change waits, even if it was taken back', () => {
    expect(
      after(
        (content) => setText(content, ['about'], 'milk'),
        (content) => setText(content, ['about'], 'tea'),
      ),
    ).toBe(1);
  });
});
