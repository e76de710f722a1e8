import { useEffect, useState } from 'preact/hooks';
import type { Observable } from './observable';

/**
 * The value of an observable, and a new rendering whenever it changes.
 *
 * ```tsx
 * const status = useObservable(session.status);
 * ```
 */
export function useObservable<T>(source: Observable<T>): T {
  const [, render] = useState(0);
  useEffect(() => {
    render((n) => n + 1);
    return source.subscribe(() => render((n) => n + 1));
  }, [source]);
  return source.value;
}
