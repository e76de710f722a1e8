import { describe, expect, it } from 'vitest';
import { parseNhsNumber } from './nhsNumber';

describe('a typed NHS number', () => {
  it.each([
    '9990000018',
    '999 000 0018',
    ' 999-000-0018 ',
    '999\u00a0000\u00a00018',
    '\u202a999 000 0018\u202c',
  ])('is_read_however_it_is_spaced: %j', (typed) => {
    expect(parseNhsNumber(typed)).toEqual({ ok: true, number: '9990000018' });
  });

  it.each([
    ['', { kind: 'empty' }],
    ['   ', { kind: 'empty' }],
    ['999 OOO 0018', { kind: 'not-digits' }],
    ['999 000 001', { kind: 'length', digits: 9 }],
    ['999 000 00188', { kind: 'length', digits: 11 }],
    ['999 000 0081', { kind: 'check-digit' }],
    ['990 900 0018', { kind: 'check-digit' }],
    ['٩٩٩٠٠٠٠٠١٨', { kind: 'not-digits' }],
  ])('%j is refused with its reason', (typed, problem) => {
    expect(parseNhsNumber(typed)).toEqual({ ok: false, problem });
  });

  it('with_any_single_digit_changed_is_refused', () => {
    const right = '9990000018';
    for (let place = 0; place < 10; place += 1) {
      for (const digit of '0123456789') {
        const typed = right.slice(0, place) + digit + right.slice(place + 1);
        expect(parseNhsNumber(typed).ok).toBe(typed === right);
      }
    }
  });

  it('whose_check_would_be_ten_never_exists', () => {
    for (let digit = 0; digit < 10; digit += 1) expect(parseNhsNumber(`999000014${digit}`).ok).toBe(false);
  });
});
