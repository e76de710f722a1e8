/**
 * NHS numbers as people type and paste them (NHS Data Dictionary, NHS NUMBER: ten digits, the last a Mod-11 check).
 *
 * The check stands before any request, so a slip of the finger never opens a different person's plan by chance.
 */

/** Ten digits with the right check digit, no spaces. Made only by `parseNhsNumber`. */
export type NhsNumber = string & { readonly __nhsNumber: unique symbol };

/** Why a text is no NHS number. */
export type NhsNumberProblem =
  { kind: 'empty' } | { kind: 'not-digits' } | { kind: 'length'; digits: number } | { kind: 'check-digit' };

const DIGITS = 10;

/** Reads what was typed or pasted; spaces, no-break spaces and dashes between the digits do no harm. */
export function parseNhsNumber(
  text: string,
): { ok: true; number: NhsNumber } | { ok: false; problem: NhsNumberProblem } {
  const digits = text.replace(/[\s\u00a0\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\ufeff.-]/g, '');
  if (digits === '') return { ok: false, problem: { kind: 'empty' } };
  if (!/^[0-9]+$/.test(digits)) return { ok: false, problem: { kind: 'not-digits' } };
  if (digits.length !== DIGITS) return { ok: false, problem: { kind: 'length', digits: digits.length } };
  if (!checkDigitHolds(digits)) return { ok: false, problem: { kind: 'check-digit' } };
  return { ok: true, number: digits as NhsNumber };
}

function checkDigitHolds(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < DIGITS - 1; place += 1) sum += Number(digits[place]) * (DIGITS - place);
  const check = (11 - (sum % 11)) % 11;
  return check !== 10 && check === Number(digits[DIGITS - 1]);
}
