import { read, type Value } from '../sync';
import type { Field } from '../plan';

/** What was typed into a field: a value, nothing (cleared), or a fault in words that say what to do. */
export type Parsed = { value: Value } | { cleared: true } | { fault: string };

/** Longest line, if its field sets no limit; the server's own. */
const LINE_CHARS_MAX = 500;
const PHONE_CHARS_MAX = 40;
const PHONE_DIGITS_MAX = 20;

/** Reads what was typed into a field of one line. The server checks the same; this says it before it is sent. */
export function parseInput(field: Field, typed: string): Parsed {
  const text = tidy(typed);
  if (text === '') return { cleared: true };
  switch (field.type) {
    case 'integer':
    case 'decimal':
      return parseNumber(field, text);
    case 'phone':
      return parsePhone(text);
    default: {
      const max = field.max_chars ?? LINE_CHARS_MAX;
      return [...text].length > max ? { fault: `must be ${max} characters or fewer` } : { value: text };
    }
  }
}

/** What stands in the box for a stored value. */
export function typedForm(stored: unknown): string {
  const value = read(stored);
  return value === undefined ? '' : String(value);
}

function parseNumber(field: Field, text: string): Parsed {
  if (!/^[-+]?[\d.,]+$/.test(text)) return { fault: 'must be a number' };
  const number = Number(text.replace(/^\+/, '').replace(/^(-?\d{1,3}),(\d{3})$/, '$1$2'));
  if (!/\d/.test(text) || !Number.isFinite(number)) return { fault: 'must be a number' };
  if (field.type === 'integer' && !Number.isInteger(number)) return { fault: 'must be a whole number' };
  const { min, max } = field;
  const range =
    min !== null && max !== null
      ? `between ${min} and ${max}`
      : min !== null
        ? `${min} or more`
        : `${max} or less`;
  if ((min !== null && number < min) || (max !== null && number > max)) return { fault: `must be ${range}` };
  return { value: number };
}

function parsePhone(text: string): Parsed {
  const number = text
    .replace(/[-./\u2010-\u2015]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/\b(?:extension|ext|x)\.?\s*(?=\d)/i, 'ext')
    .trim();
  const [main = '', extension] = number.split('ext', 2);
  const digits = (part: string) => part.replace(/\D/g, '').length;
  const wellFormed =
    /^\+?[\d ()]+$/.test(main) &&
    (extension === undefined || /^\.?[\d ]*\d[\d ]*$/.test(extension)) &&
    digits(main) >= 3 &&
    digits(number) <= PHONE_DIGITS_MAX &&
    number.length <= PHONE_CHARS_MAX;
  return wellFormed ? { value: number } : { fault: 'must be a telephone number, like 020 7946 0018' };
}

/** The three boxes of a date. */
export interface DateParts {
  day: string;
  month: string;
  year: string;
}

/** Reads a date from its three boxes. */
export function parseDate({ day, month, year }: DateParts): Parsed {
  const parts = [day.trim(), month.trim(), year.trim()];
  if (parts.every((part) => part === '')) return { cleared: true };
  if (parts.some((part) => part === '')) return { fault: 'must have a day, a month and a year' };
  if (!parts.every((part) => /^\d+$/.test(part)) || year.trim().length !== 4) {
    return { fault: 'must be a real date, like 21 11 2026' };
  }
  const iso = `${year.trim()}-${month.trim().padStart(2, '0')}-${day.trim().padStart(2, '0')}`;
  const date = new Date(`${iso}T00:00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
  return real ? { value: iso } : { fault: 'must be a real date, like 21 11 2026' };
}

/** The three boxes for a stored date. */
export function dateParts(stored: unknown): DateParts {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(typedForm(stored));
  if (!match) return { day: '', month: '', year: '' };
  return { day: String(Number(match[3])), month: String(Number(match[2])), year: match[1] ?? '' };
}

/** Without what cannot stand in a line: control characters, line breaks, and what turns the direction of writing. */
function tidy(typed: string): string {
  return typed
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}
