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

/** "You", or "Denise Campbell, Sickle cell nurse specialist". */
export function authorWords(by: Pick<Author, 'user' | 'name' | 'job_title'>, me: string): string {
  return by.user === me ? 'You' : [by.name, by.job_title].filter(Boolean).join(', ');
}
