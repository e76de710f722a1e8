import { field } from '@coplan/care-plan/fixtures';
import { describe, expect, it } from 'vitest';
import { isScale } from './ScaleControl';
import { hereWords } from './WhoIsHere';

describe('who is here', () => {
  const somebody = (name: string, jobTitle: string) => ({ name, jobTitle });
  it('is_told_in_a_sentence', () => {
    expect(hereWords([])).toBe('');
    expect(hereWords([somebody('Amina Yusuf', 'District nurse')])).toBe(
      'Amina Yusuf (district nurse) is here too.',
    );
    expect(hereWords([somebody('Amina', ''), somebody('Dr Rao', 'GP partner'), somebody('Jo', 'OT')])).toBe(
      'Amina, Dr Rao (GP partner) and Jo (OT) are here too.',
    );
  });
});

describe('a scale', () => {
  it('is_a_whole_number_with_few_points_and_no_unit', () => {
    expect(isScale(field({ id: 'sure', type: 'integer', min: 1, max: 10 }))).toBe(true);
    expect(isScale(field({ id: 'sure', type: 'integer', min: 0, max: 10 }))).toBe(true);
    expect(isScale(field({ id: 'weight', type: 'integer', min: 1, max: 300 }))).toBe(false);
    expect(isScale(field({ id: 'months', type: 'integer', min: 1, max: 10, unit: 'months' }))).toBe(false);
    expect(isScale(field({ id: 'many', type: 'integer' }))).toBe(false);
  });
});
