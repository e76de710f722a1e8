import * as A from '@automerge/automerge';
import { beforeEach, describe, expect, it } from 'vitest';
import { claims } from './conflicts';
import {
  addItem,
  clear,
  placeItem,
  read,
  removeItem,
  restoreItem,
  type SectionContent,
  setGroup,
  setScalar,
  setText,
} from './editing';

/** A document as the server makes it: meta, a text, a list; nothing else. */
const genesis = () =>
  A.from({
    meta: { section: new A.ImmutableString('about-me'), definition: 1 },
    fields: { about: 'I like tea', contacts: {} },
  } as unknown as Record<string, unknown>) as unknown as A.Doc<SectionContent>;

describe('editing a section', () => {
  let doc: A.Doc<SectionContent>;
  const edit = (from: A.Doc<SectionContent>, change: (content: SectionContent) => void) =>
    A.change(from, change);
  beforeEach(() => {
    doc = genesis();
  });

  it('writes short strings as scalars, never as text', () => {
    doc = edit(doc, (content) => setScalar(content, ['phone'], '020 7946 0018'));
    expect(doc.fields.phone).toBeInstanceOf(A.ImmutableString);
    expect(read(doc.fields.phone)).toBe('020 7946 0018');
  });

  it('clears by deleting the key', () => {
    doc = edit(doc, (content) => setScalar(content, ['genotype'], 'x'));
    doc = edit(doc, (content) => clear(content, ['genotype']));
    expect('genotype' in doc.fields).toBe(false);
  });

  it('splices text, so that two writers of one text lose nothing', () => {
    let other = A.clone(doc);
    doc = edit(doc, (content) => setText(content, ['about'], 'I like tea and music'));
    other = edit(other, (content) => setText(content, ['about'], 'Mornings: I like tea'));
    doc = A.merge(doc, other);
    expect(read(doc.fields.about)).toBe('Mornings: I like tea and music');
  });

  it('leaves out control characters that paste brings', () => {
    doc = edit(doc, (content) => setText(content, ['about'], 'a\u0000b\u0007\nc\td'));
    expect(read(doc.fields.about)).toBe('ab\nc\td');
  });

  it('adds, places, removes and restores items without ever deleting one', () => {
    doc = edit(doc, (content) => addItem(content, 'contacts', 'one', ['note']));
    doc = edit(doc, (content) => addItem(content, 'contacts', 'two', []));
    doc = edit(doc, (content) => setScalar(content, ['contacts', 'one', 'name'], 'Amina'));
    doc = edit(doc, (content) => setText(content, ['contacts', 'one', 'note'], 'rings back'));
    doc = edit(doc, (content) => placeItem(content, 'contacts', 'two', 0.5));
    doc = edit(doc, (content) => removeItem(content, 'contacts', 'one', 'moved away'));
    const list = doc.fields.contacts as Record<string, Record<string, unknown>>;
    expect(list.two).toMatchObject({ order: 0.5 });
    expect(read(list.one?.removed)).toBe('moved away');
    expect(read(list.one?.note)).toBe('rings back');
    doc = edit(doc, (content) => restoreItem(content, 'contacts', 'one'));
    expect('removed' in (doc.fields.contacts as Record<string, object>).one!).toBe(false);
  });

  it('shows both values of a register that two people set at once, until one is written again', () => {
    let other = A.clone(doc);
    doc = edit(doc, (content) => setScalar(content, ['place'], 'bedroom'));
    other = edit(other, (content) => setScalar(content, ['place'], 'fridge door'));
    doc = A.merge(doc, other);
    expect(
      claims(doc, ['place'])
        ?.map((claim) => 'value' in claim && claim.value)
        .sort(),
    ).toEqual(['bedroom', 'fridge door']);
    doc = edit(doc, (content) => setScalar(content, ['place'], 'bedroom'));
    expect(claims(doc, ['place'])).toBeUndefined();
  });

  it('takes the same value set twice for agreement', () => {
    let other = A.clone(doc);
    doc = edit(doc, (content) => setScalar(content, ['place'], 'bedroom'));
    other = edit(other, (content) => setScalar(content, ['place'], 'bedroom'));
    expect(claims(A.merge(doc, other), ['place'])).toBeUndefined();
  });

  it('never mixes two groups made at once', () => {
    let other = A.clone(doc);
    doc = edit(doc, (content) =>
      setGroup(content, ['dose'], { drug: 'morphine', dose: '10 mg', route: 'oral' }),
    );
    other = edit(other, (content) => setGroup(content, ['dose'], { drug: 'oxycodone', dose: '5 mg' }));
    const found = claims(A.merge(doc, other), ['dose']);
    expect(found).toHaveLength(2);
    expect(found).toContainEqual(expect.objectContaining({ group: { drug: 'oxycodone', dose: '5 mg' } }));
  });
});
