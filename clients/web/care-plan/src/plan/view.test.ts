import { describe, expect, it } from 'vitest';
import { readView } from './view';
import { sickleView } from './view.fixtures';

const CONTESTED = { field: 'place', label: 'Place', type: 'coded', disputed: true, contenders: [] };
const UNRECORDED = {
  field: 'cpr',
  label: 'CPR',
  type: 'list',
  records: [{ id: 'r', state: 'current', fields: [] }],
};

type Path = (string | number)[];

describe('a published view', () => {
  it('is_read_as_it_was_written', () => {
    expect(readView(structuredClone(sickleView))).toEqual(sickleView);
  });

  it('with_disputes_and_decisions_is_read_as_it_was_written', () => {
    const contenders = [{ display: 'Home', value: 'home', by: 'A' }, { display: '(taken away)' }];
    const recorded = { by: 'A', job_title: 'B', organisation: 'C', at: '2026-11-18T09:12:00.000Z' };
    const record = { id: 'r', state: 'current', fields: [], recorded, endorsed: null };
    for (const field of [
      { ...CONTESTED, contenders },
      { field: 'cpr', label: 'CPR', type: 'list', records: [record] },
    ]) {
      expect(readView(withValue(['sections', 1, 'fields', 0], field))).not.toBeNull();
    }
  });

  it('without_sections_is_a_view', () => {
    expect(readView({ ...sickleView, sections: [] })).not.toBeNull();
  });

  const wrong: [string, Path, unknown][] = [
    ['no person', ['person'], undefined],
    ['no NHS number', ['person', 'nhs_number'], undefined],
    ['no version', ['version'], undefined],
    ['half a version', ['version'], 1.5],
    ['a time that is none', ['published_at'], 'Tuesday'],
    ['sections that are none', ['sections'], {}],
    ['a section without a standing', ['sections', 0, 'standing'], undefined],
    ['a standing nobody knows', ['sections', 0, 'standing', 'state'], 'approved'],
    ['a signature without a name', ['sections', 1, 'standing', 'by'], undefined],
    ['a value without words', ['sections', 1, 'fields', 0, 'display'], undefined],
    ['a type nobody knows', ['sections', 1, 'fields', 0, 'type'], 'picture'],
    ['a group without parts', ['sections', 1, 'fields', 2, 'fields'], undefined],
    ['neither a value nor anybody who says one', ['sections', 1, 'fields', 0], CONTESTED],
    ['a decision that nobody recorded', ['sections', 1, 'fields', 0], UNRECORDED],
    ['an item without an id', ['sections', 0, 'fields', 0, 'items', 0, 'id'], undefined],
  ];
  it.each(wrong)('with %s is refused whole', (_, path, value) => {
    expect(readView(withValue(path, value))).toBeNull();
  });

  it.each([null, undefined, 'view', 7, [], {}])('is not %j', (value) => {
    expect(readView(value)).toBeNull();
  });

  it('nested_without_end_is_refused', () => {
    let field: unknown = { field: 'f', label: 'F', type: 'line', value: 'x', display: 'x' };
    for (let depth = 0; depth < 10_000; depth += 1)
      field = { field: 'g', label: 'G', type: 'group', fields: [field] };
    expect(readView(withValue(['sections', 0, 'fields'], [field]))).toBeNull();
  });
});

function withValue(path: Path, value: unknown): unknown {
  const view = structuredClone(sickleView) as unknown;
  const last = path.at(-1) as string;
  const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key as string], view);
  (parent as Record<string, unknown>)[last] = value;
  return view;
}
