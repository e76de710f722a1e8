import { describe, expect, it } from 'vitest';
import { CARING, EMERGENCY, reasonText } from './reasons';

describe('the reason for opening a plan', () => {
  it('must_be_chosen', () => {
    expect(reasonText(CARING, undefined, 'because')).toEqual({ missing: 'reason' });
    expect(reasonText(CARING, 'danger', 'because')).toEqual({ missing: 'reason' });
  });

  it('is_kept_with_what_was_added_in_one_line', () => {
    expect(reasonText(CARING, 'referred', '')).toEqual({ text: 'They were referred to us' });
    expect(reasonText(CARING, 'referred', ' by \n her GP ')).toEqual({
      text: 'They were referred to us: by her GP',
    });
  });

  it('says_nothing_as_something_else_without_words', () => {
    expect(reasonText(CARING, 'other', '   ')).toEqual({ missing: 'words' });
  });

  it.each(EMERGENCY.map(({ id }) => id))('of_an_emergency_is_always_told_in_words: %s', (id) => {
    expect(reasonText(EMERGENCY, id, '')).toEqual({ missing: 'words' });
  });
});
