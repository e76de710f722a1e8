import { formatMoment } from '@coplan/care-plan/plan';
import { useAuthorOf } from './AuthorsContext';

/** Who last wrote what stands at a path: quiet, under the value. */
export function AuthorMark({ path }: { path: readonly string[] }) {
  const author = useAuthorOf(path);
  if (!author) return null;
  const { by, at, people } = author;
  return (
    <p class="author-mark">
      {by.name}, {by.organisation}, {formatMoment(at)}
      {people !== undefined && people > 1 && ` and ${people - 1} ${people === 2 ? 'other' : 'others'} before`}
    </p>
  );
}
