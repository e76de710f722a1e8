import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PathAuthor } from '@coplan/care-plan/plan';

/** Who last wrote what, in the section that the page shows. */
export const AuthorsContext = createContext<PathAuthor[]>([]);

/** Who last wrote what stands at a path, or anywhere within it. */
export function useAuthorOf(path: readonly string[]): PathAuthor | undefined {
  const authors = useContext(AuthorsContext);
  const at = path.join('.');
  const here = authors.filter((one) => one.path === at || one.path.startsWith(`${at}.`));
  return here.reduce<PathAuthor | undefined>(
    (last, one) => (last && last.at >= one.at ? last : one),
    undefined,
  );
}
