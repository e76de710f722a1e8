import * as A from '@automerge/automerge';
import { type SectionContent, type SectionDocument, setGroup, setScalar } from '../sync';
import { describe, expect, it } from 'vitest';
import type { Author } from '../plan';
import type { Section } from '../plan';
import { code, field, section as plain } from '../plan/definition.fixtures';
import type { Conflict } from './conflict';
import { type Dispute, disputesOf, fieldAt, type Said } from './disputes';
import { settleValue } from './settle';

type Doc = A.Doc<SectionContent>;

const section: Section = {
  ...plain,
  fields: [
    field({
      id: 'place',
      type: 'coded',
      label: 'Place',
      merge: 'C!',
      codes: [code('home', 'Home'), code('hospice', 'Hospice')],
    }),
    field({
      id: 'dose',
      type: 'group',
      label: 'Dose',
      merge: 'C!',
      parts: [field({ id: 'drug', type: 'line', label: 'Medicine' })],
    }),
    field({
      id: 'allergies',
      type: 'list',
      label: 'Allergies',
      item_name: 'allergy',
      merge: 'S+',
      items: [field({ id: 'agent', type: 'line' })],
    }),
    field({
      id: 'none_known',
      type: 'coded',
      label: 'No known allergies',
      merge: 'C!',
      denies: 'allergies',
      codes: [code('nka', 'None known')],
    }),
  ],
};

const by: Author = { user: 'gp', name: 'Dr A', role: 'doctor', job_title: 'GP', organisation: 'Surgery' };
const start = () => A.from({ meta: {}, fields: { allergies: {} }, settled: {} }) as unknown as Doc;
const apart = (one: (content: SectionContent) => void, other: (content: SectionContent) => void): Doc => {
  const doc = start();
  return A.merge(A.change(A.clone(doc), one), A.change(A.clone(doc), other));
};
const places = () =>
  apart(
    (content) => setScalar(content, ['place'], 'home'),
    (content) => setScalar(content, ['place'], 'hospice'),
  );

function settledWith(doc: Doc, dispute: Dispute, said: Said): Doc {
  let settled = A.clone(doc);
  const change = (edit: (content: SectionContent) => void) => (settled = A.change(settled, edit));
  settleValue({ change } as unknown as SectionDocument, dispute, said, 'asked again');
  return settled;
}

const told = (values: Conflict['values'], special: Partial<Conflict> = {}): Conflict[] => [
  {
    section: 'example',
    title: 'Example',
    path: 'place',
    label: 'Place',
    kind: 'values',
    values,
    applies: null,
    ...special,
  },
];

describe('what stands disputed', () => {
  it('is found in the document alone, with every value and nobody’s as the agreed one', () => {
    const [dispute, ...others] = disputesOf(section, places(), []);
    expect(others).toEqual([]);
    expect(dispute?.contenders.map(({ display }) => display).sort()).toEqual(['Home', 'Hospice']);
    expect(dispute?.applies).toBeNull();
  });

  it('names who said what, once the server has told it', () => {
    const doc = places();
    const [before] = disputesOf(section, doc, []);
    const changes = A.getChangesMetaSince(doc, []).map(({ hash }) => hash);
    const values = changes.map((change, index) => ({
      value: index ? 'hospice' : 'home',
      display: index ? 'Hospice' : 'Home',
      by,
      at: '2026-11-21T10:00:00Z',
      change,
    }));
    expect(before?.contenders.every((one) => one.by === null)).toBe(true);
    const [dispute] = disputesOf(section, A.clone(doc), told(values));
    expect(dispute?.contenders.map((one) => one.by?.name)).toEqual(expect.arrayContaining(['Dr A', 'Dr A']));
  });

  it('holds a value that was overwritten unseen, which only the server can tell', () => {
    const doc = A.change(start(), (content) => setScalar(content, ['place'], 'home'));
    const values = [
      { value: 'home', display: 'Home', by, at: null, change: 'aa' },
      { value: null, display: '(taken away)', by, at: null, change: 'bb' },
    ];
    const [dispute] = disputesOf(section, doc, told(values));
    expect(dispute?.contenders.map(({ said }) => said)).toEqual([{ value: 'home' }, { takenAway: true }]);
  });

  it('is over as soon as it is settled here, though the server has not told so yet', () => {
    const doc = places();
    const values = A.getChangesMetaSince(doc, [])
      .slice(-2)
      .map(({ hash }) => ({ value: 'home', display: 'Home', by, at: null, change: hash }));
    const [dispute] = disputesOf(section, doc, told(values));
    for (const said of [{ value: 'home' }, { value: 'hospice' }, { takenAway: true as const }]) {
      const settled = settledWith(doc, dispute!, said);
      expect(disputesOf(section, settled, told(values))).toEqual([]);
      expect(settled.fields.place?.toString()).toBe('value' in said ? said.value : undefined);
    }
  });

  it('ends in one change, so that no reader ever sees the value without the reason', () => {
    const doc = places();
    const settled = settledWith(doc, disputesOf(section, doc, [])[0]!, { value: 'home' });
    expect(A.getChanges(doc, settled)).toHaveLength(1);
    expect(Object.keys(settled.settled!)).toHaveLength(1);
  });

  it('is a group as a whole, never a mixture of two', () => {
    const doc = apart(
      (content) => setGroup(content, ['dose'], { drug: 'Morphine' }),
      (content) => setGroup(content, ['dose'], { drug: 'Oxycodone' }),
    );
    const [dispute] = disputesOf(section, doc, []);
    expect(dispute?.contenders.map(({ parts }) => parts)).toEqual(
      expect.arrayContaining([
        [{ label: 'Medicine', words: 'Morphine' }],
        [{ label: 'Medicine', words: 'Oxycodone' }],
      ]),
    );
  });

  it('is “none known” beside a list that holds something, and the list is what applies', () => {
    const doc = A.change(start(), (content) => {
      setScalar(content, ['none_known'], 'nka');
      (content.fields.allergies as Record<string, unknown>).a1 = { order: 1 };
    });
    const [dispute] = disputesOf(section, doc, []);
    expect([dispute?.kind, dispute?.path, dispute?.applies]).toEqual(['denied', 'none_known', 0]);
  });

  it('is not “none known” where everything in the list was removed', () => {
    const doc = A.change(start(), (content) => {
      setScalar(content, ['none_known'], 'nka');
      (content.fields.allergies as Record<string, unknown>).a1 = {
        order: 1,
        removed: new A.ImmutableString('wrong person'),
      };
    });
    expect(disputesOf(section, doc, [])).toEqual([]);
  });

  it('is traced to its definition by its path', () => {
    expect(fieldAt(section, 'place')?.id).toBe('place');
    expect(fieldAt(section, 'allergies.a1.agent')?.id).toBe('agent');
    expect(fieldAt(section, 'allergies.a1')?.id).toBe('allergies');
  });
});
