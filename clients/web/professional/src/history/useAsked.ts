import { useEffect, useState } from 'preact/hooks';
import { get } from '../api';

/** An answer that is asked for once, and not kept on the device. */
export interface Asked<T> {
  body: T | undefined;
  problem: Error | undefined;
}

/**
 * Asks the server once for each path, and again when `turn` changes. Without a path nothing is asked.
 *
 * ```tsx
 * const { body } = useAsked<Comparison>(comparePath(plan.id, from, to));
 * ```
 */
export function useAsked<T>(path: string | undefined, turn = 0): Asked<T> {
  const [asked, setAsked] = useState<Asked<T> & { path?: string }>({ body: undefined, problem: undefined });
  useEffect(() => {
    if (path === undefined) return;
    let wanted = true;
    get(path).then(
      (body) => wanted && setAsked({ path, body: body as T, problem: undefined }),
      (problem: Error) => wanted && setAsked({ path, body: undefined, problem }),
    );
    return () => {
      wanted = false;
    };
  }, [path, turn]);
  return asked.path === path ? asked : { body: undefined, problem: undefined };
}
