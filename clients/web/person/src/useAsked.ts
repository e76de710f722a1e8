import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask, type Trouble } from './api';

/** What there is to show of an address. */
export type Asked<T> =
  { at: 'asking' } | { at: 'there'; value: T; nowMs: number } | { at: 'trouble'; trouble: Trouble };

/**
 * The answer of an address, asked for anew when it changes or when `again` is called; until then the old one stays. `look`
 * asks as well, and what is there stays if nothing is heard, or the same. `isTheSame` must be the same at every render.
 */
export function useAsked<T>(
  path: string,
  isTheSame: (old: T, now: T) => boolean = () => false,
): { asked: Asked<T>; again: () => Promise<void>; look: () => Promise<void> } {
  const [asked, setAsked] = useState<Asked<T>>({ at: 'asking' });
  const current = useRef(path);
  const again = useCallback(async () => {
    const answer = await ask<T>(path);
    // An answer that comes after the page has gone on to another plan is not this page's.
    if (current.current !== path) return;
    setAsked(
      answer.ok ? { at: 'there', value: answer.value, nowMs: answer.nowMs } : { at: 'trouble', ...answer },
    );
  }, [path]);
  const look = useCallback(async () => {
    const answer = await ask<T>(path);
    if (current.current !== path) return;
    setAsked((last) => {
      if (answer.ok) {
        if (last.at === 'there' && isTheSame(last.value, answer.value)) return last;
        return { at: 'there', value: answer.value, nowMs: answer.nowMs };
      }
      return isOver(answer.trouble) ? { at: 'trouble', ...answer } : last;
    });
  }, [path, isTheSame]);
  useEffect(() => {
    current.current = path;
    setAsked({ at: 'asking' });
    void again();
  }, [path, again]);
  return { asked, again, look };
}

/** What the service says itself: there is nothing here for the reader. */
export const isOver = (trouble: Trouble): boolean => trouble === 'refused' || trouble === 'not-found';
