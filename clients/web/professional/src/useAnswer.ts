import { useCallback, useEffect, useState } from 'preact/hooks';
import { get, paths, Problem } from './api';
import { useDevice } from './signedIn';

/** An answer of the server: the newest, or the one that this device kept. */
export interface Answer<T> {
  /** The same object until the server answers something else. */
  body: T | undefined;
  /** Set while `body` is what was kept on this device at that moment, because the server cannot be reached. */
  keptAt: string | undefined;
  /** Why there is no body, or no newer one. */
  problem: Error | undefined;
  /** Asks again. */
  refresh: () => void;
}

type State = Omit<Answer<unknown>, 'refresh'> & { path: string | undefined };

const NOTHING = { body: undefined, keptAt: undefined, problem: undefined };

/**
 * What the server answers at `path`: kept on the device, and read from there while the server cannot be reached.
 * Without a path nothing is asked.
 *
 * ```tsx
 * const plan = useAnswer<Plan>(paths.plan(id));
 * ```
 */
export function useAnswer<T>(path: string | undefined): Answer<T> {
  const device = useDevice();
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<State>({ path, ...NOTHING });
  const refresh = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    if (path === undefined) return;
    let wanted = true;
    const set = (next: (last: State) => State) => wanted && setState((last) => next(forPath(last, path)));
    get(path).then(
      (body) => {
        set((last) => ({ ...last, body: same(last.body, body), keptAt: undefined, problem: undefined }));
        void device.keep(path, body);
      },
      async (problem: Error) => {
        if (problem instanceof Problem) {
          // A server in trouble says nothing about what it last said, and whoever is signed out in the middle of a
          // sentence keeps the page with the sentence: the save status tells them.
          const stays = problem.status >= 500 || problem.status === 401;
          set((last) => {
            if (problem.status === 401 && last.body === undefined && isWholePage(path))
              window.location.assign('/');
            return { ...last, body: stays ? last.body : undefined, keptAt: undefined, problem };
          });
          return;
        }
        const kept = await device.kept<T>(path);
        set((last) => ({ ...last, body: last.body ?? kept?.body, keptAt: kept?.keptAt, problem }));
      },
    );
    return () => {
      wanted = false;
    };
  }, [path, turn, device]);
  const { body, keptAt, problem } = state.path === path ? state : NOTHING;
  return { body: body as T | undefined, keptAt, problem, refresh };
}

const forPath = (last: State, path: string): State => (last.path === path ? last : { path, ...NOTHING });

/** The old answer if the new one says the same, so that nothing is rendered again for nothing. */
const same = (old: unknown, now: unknown): unknown =>
  old !== undefined && JSON.stringify(old) === JSON.stringify(now) ? old : now;

/** Without these a page has nothing to show; what stands beside them may lack while somebody is in a sentence. */
const isWholePage = (path: string): boolean =>
  path === paths.plans || path === paths.sections || /^\/api\/plans\/[^/]+$/.test(path);
