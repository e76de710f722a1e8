import * as A from '@automerge/automerge';
import { describe, expect, it } from 'vitest';
import { addItem, type SectionContent, setGroup, setScalar, setText } from './editing';
import { unsentWords } from './unsent';

const genesis = () =>
  A.from({
    meta: {},
    fields: {
      about: 'She takes tea with the neighbour.',
      place: new A.ImmutableString('home'),
      contacts: {},
    },
    settled: {},
  } as unknown as Record<string, unknown>) as unknown as A.Doc<SectionContent>;

const after = (...edits: ((content: SectionContent) => void)[]) => {
  const doc = genesis();
  const acknowledged = A.getHeads(doc);
  return unsentWords(
    edits.reduce((now, edit) => A.change(now, edit), doc),
    acknowledged,
  );
};

describe('words that never reached the hub', () => {
  it('are_what_was_typed_and_nothing_that_stood_there', () => {
    const words = after(
      (content) => setText(content, ['about'], 'She takes tea with the neighbour. And '),
      (content) => setText(content, ['about'], 'She takes tea with the neighbour. And cake.'),
    );
    expect(words).toEqual([{ path: ['about'], text: ' And cake.' }]);
    expect(JSON.stringify(words)).not.toContain('neighbour');
  });

  it('in_two_places_of_a_text_stand_apart', () => {
    const words = after((content) =>
      setText(content, ['about'], 'Every day she takes tea with the neighbour.'),
    );
    expect(words.map(({ text }) => text).join()).not.toContain('neighbour');
  });

  it('of_choices_items_and_groups_are_there_too', () => {
    const words = after(
      (content) => setScalar(content, ['place'], 'hospice'),
      (content) => addItem(content, 'contacts', 'i1', []),
      (content) => setScalar(content, ['contacts', 'i1', 'name'], 'Ada'),
      (content) => setGroup(content, ['dose'], { amount: 5, unit: 'mg' }),
    );
    const said = words.map(({ path, text }) => `${path.join('/')}: ${text}`);
    expect(said).toContain('place: hospice');
    expect(said).toContain('contacts/i1/name: Ada');
    expect(said).toContain('dose/amount: 5');
    expect(said.some((line) => line.includes('order'))).toBe(false);
  });

  it('are_none_when_something_was_only_taken_away', () => {
    expect(after((content) => setText(content, ['about'], ''))).toEqual([]);
  });
});
