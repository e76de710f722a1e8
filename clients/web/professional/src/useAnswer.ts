import { useCallback, useEffect, useState } from 'preact/hooks';
import { get, Problem } from './api';
import { useDevice } from './signedIn';

/** An answer of the server: the newest, or the one that this device kept. */
export interface Answer<T> {
  body: T | undefined;
  /** Set while `body` is what was kept on this device at that moment, because the server cannot be reached. */
  keptAt: string | undefined;
  /** Why there is no body, or no newer one. */
  problem: Error | undefined;
  /** Asks again. */
  refresh: () => void;
}

/**
 * What the server answers at `path`: kept on the device, and read from there while the server cannot be reached.
 *
 * ```tsx
 * const plan = useAnswer<Plan>(paths.plan(id));
 * ```
 */
export function useAnswer<T>(path: string): Answer<T> {
  const device = useDevice();
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<Omit<Answer<T>, 'refresh'>>({
    body: undefined,
    keptAt: undefined,
    problem: undefined,
  });
  const refresh = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    let wanted = true;
    get(path).then(
      (body) => {
        if (wanted) setAnswer({ body: body as T, keptAt: undefined, problem: undefined });
        void device.keep(path, body);
      },
      async (problem: Error) => {
        if (problem instanceof Problem) {
          if (problem.status === 401) window.location.assign('/');
          if (wanted) setAnswer({ body: undefined, keptAt: undefined, problem });
          return;
        }
        const kept = await device.kept<T>(path);
        if (wanted) setAnswer((last) => ({ body: last.body ?? kept?.body, keptAt: kept?.keptAt, problem }));
      },
    );
    return () => {
      wanted = false;
    };
  }, [path, turn, device]);
  return { ...answer, refresh };
}
