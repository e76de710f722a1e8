import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Answer, ask, type Trouble } from './api';

/** What there is to show of an address. */
export type Asked<T> =
  { at: 'asking' } | { at: 'there'; value: T; nowMs: number } | { at: 'trouble'; trouble: Trouble };

/**
 * The answer of an address, asked for anew when it changes or when `again` is called; until then the old one stays. `look`
 * asks as well, and what is there stays if nothing is heard, or the same. `isTheSame` must be the same at every render.
 */
export function useAsked<T>(
  path: string,
  isTheSame: (old: T, now: T) => boolean = never,
): { asked: Asked<T>; again: () => Promise<void>; look: () => Promise<void> } {
  const [state, setState] = useState<{ path: string; asked: Asked<T> }>({ path, asked: ASKING });
  const current = useRef(path);
  const turns = useRef({ begun: 0, told: 0 });
  const askFor = useCallback(
    async (take: (answer: Answer<T>, last: Asked<T>) => Asked<T>) => {
      turns.current.begun += 1;
      const turn = turns.current.begun;
      const answer = await ask<T>(path);
      // An answer that comes after the page has gone on to another plan is not this page's, and one that a later question
      // has overtaken is old.
      if (current.current !== path || turn < turns.current.told) return;
      turns.current.told = turn;
      setState((last) => {
        const asked = take(answer, last.path === path ? last.asked : ASKING);
        return last.path === path && last.asked === asked ? last : { path, asked };
      });
    },
    [path],
  );
  const again = useCallback(() => askFor(told), [askFor]);
  const look = useCallback(
    () =>
      askFor((answer, last) => {
        if (!answer.ok) return isOver(answer.trouble) || last.at === 'asking' ? told(answer) : last;
        return last.at === 'there' && isTheSame(last.value, answer.value) ? last : told(answer);
      }),
    [askFor, isTheSame],
  );
  useEffect(() => {
    current.current = path;
    setState({ path, asked: ASKING });
    void again();
  }, [path, again]);
  return { asked: state.path === path ? state.asked : ASKING, again, look };
}

const ASKING = { at: 'asking' } as const;
const never = () => false;

const told = <T>(answer: Answer<T>): Asked<T> =>
  answer.ok
    ? { at: 'there', value: answer.value, nowMs: answer.nowMs }
    : { at: 'trouble', trouble: answer.trouble };

/** What the service says itself: there is nothing here for the reader. */
export const isOver = (trouble: Trouble): boolean => trouble === 'refused' || trouble === 'not-found';
