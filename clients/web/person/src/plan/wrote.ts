/** Who wrote what stands in the plan. */
import { type Author, formatMoment, type PathAuthor } from '@coplan/care-plan/plan';

/** Who wrote what stands at a path, in a sentence; nothing if it is not known. */
export function whoWrote(authors: PathAuthor[], path: string, me: string): string {
  const found = authors.find((one) => one.path === path);
  if (!found) return '';
  const others = (found.people ?? 1) - 1;
  const with_ = others > 0 ? `, with ${others === 1 ? 'one other' : `${others} others`}` : '';
  return `${authorWords(found.by, me)} wrote this${with_}, ${formatMoment(found.at)}`;
}

/** "You", or "Denise Campbell (sickle cell nurse specialist)". */
export function authorWords(by: Pick<Author, 'user' | 'name' | 'job_title'>, me: string): string {
  return by.user === me ? 'You' : withTitle(by.name, by.job_title);
}

/** Somebody with what they are, in the middle of a sentence. */
export function withTitle(name: string, title: string): string {
  return title ? `${name} (${lower(title)})` : name;
}

/** A title inside a sentence; one that begins with an abbreviation stays: "GP partner". */
const lower = (words: string): string =>
  /^\p{Lu}\p{Ll}/u.test(words) ? words.charAt(0).toLocaleLowerCase('en-GB') + words.slice(1) : words;
