import type { PlanSummary } from '../api';

/** Whether a plan answers a search: every word begins a word of the names, or the digits stand in the NHS number. */
export function matches({ person }: PlanSummary, search: string): boolean {
  const wanted = plain(search);
  if (!wanted) return true;
  const digits = wanted.replace(/[\s-]/g, '');
  if (/^\d+$/.test(digits)) return person.nhs_number.includes(digits);
  const words = plain(`${person.name} ${person.preferred_name ?? ''}`).split(/[\s'’-]+/);
  return wanted
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)) || words.join(' ').includes(part));
}

/** Without accents and capitals: `Zoë` is found as `zoe`. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLocaleLowerCase('en-GB')
    .trim();
