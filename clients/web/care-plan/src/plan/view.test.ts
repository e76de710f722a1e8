import { describe, expect, it } from 'vitest';
import { readView } from './view';
import { sickleView } from './view.fixtures';

type Path = (string | number)[];

describe('a published view', () => {
  it('is_read_as_it_was_written', () => {
    expect(readView(structuredClone(sickleView))).toEqual(sickleView);
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
