import { clear, setScalar, type Value } from '../sync';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Parsed } from './input';
import { type FieldPlace, pathKey } from './place';
import { useSession } from './session';

/** How long after the last key a field that is right is saved without leaving it. */
const PAUSE_MS = 700;

/** A field that is being filled in: what is typed, what is wrong with it, and how it ends. */
export interface DraftControl<T> {
  /** What stands in the box. */
  shown: T;
  fault: string | undefined;
  /** Somebody else changed the value while I was typing. */
  overtaken: boolean;
  type: (typed: T) => void;
  /** I leave the field: save what is right, say what is wrong. */
  finish: () => void;
  /** Back to what stood there when I came. */
  undo: () => void;
}

/**
 * Lets a value be typed in a box before it is a value: saved after a pause or on leaving the field, undone by Escape.
 * While it is not saved, the page's save status knows.
 *
 * ```tsx
 * const draft = useDraft(place, typedForm(place.stored), (typed) => parseInput(place.field, typed));
 * ```
 */
export function useDraft<T>(place: FieldPlace, stored: T, parse: (typed: T) => Parsed): DraftControl<T> {
  const session = useSession();
  const { document, field, path } = place;
  const [typed, setTyped] = useState<T>();
  const [fault, setFault] = useState<string>();
  const key = `${document.section}/${pathKey(path)}`;
  const same = (a: T, b: T) => JSON.stringify(a) === JSON.stringify(b);
  const now = useRef({ typed, stored, before: stored, timer: 0 });
  if (typed === undefined) now.current.before = stored;
  now.current.typed = typed;
  now.current.stored = stored;

  const write = useCallback(
    (parsed: Parsed) => {
      if ('fault' in parsed) return;
      const value: Value | undefined = 'value' in parsed ? parsed.value : undefined;
      document.change((content) =>
        value === undefined ? clear(content, path) : setScalar(content, path, value),
      );
    },
    [document, path],
  );
  const commit = (leaving: boolean) => {
    window.clearTimeout(now.current.timer);
    const { typed: text } = now.current;
    if (text === undefined) return;
    const parsed = parse(text);
    if ('fault' in parsed) {
      if (!leaving) return;
      setFault(parsed.fault);
      session.setDraft(key, { label: field.label, fault: parsed.fault });
      return;
    }
    if (!same(text, now.current.stored)) write(parsed);
    setFault(undefined);
    session.setDraft(key, undefined);
    if (leaving) setTyped(undefined);
  };
  const commitLast = useRef(commit);
  commitLast.current = commit;
  useEffect(() => {
    const leave = () => commitLast.current(true);
    // In the capture phase, so that the session, which stores what waits, finds it.
    window.addEventListener('pagehide', leave, true);
    return () => {
      window.removeEventListener('pagehide', leave, true);
      leave();
      session.setDraft(key, undefined);
    };
  }, [session, key]);

  return {
    shown: typed ?? stored,
    fault,
    overtaken: typed !== undefined && !same(stored, now.current.before) && !same(stored, typed),
    type: (text) => {
      setTyped(text);
      now.current.typed = text;
      session.setDraft(key, { label: field.label });
      window.clearTimeout(now.current.timer);
      now.current.timer = window.setTimeout(() => commitLast.current(false), PAUSE_MS);
    },
    finish: () => commit(true),
    undo: () => {
      window.clearTimeout(now.current.timer);
      const { before } = now.current;
      const mineWasSaved = typed !== undefined && same(now.current.stored, typed) && !same(typed, before);
      if (mineWasSaved) write(parse(before));
      setTyped(undefined);
      setFault(undefined);
      session.setDraft(key, undefined);
    },
  };
}
