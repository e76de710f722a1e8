import { useState } from 'preact/hooks';
import { sentenceOf } from './access/claim';
import { Problem, Unreachable } from './api';

/** One command at a time, and why the last one was not carried out. */
export interface Doing {
  busy: boolean;
  fault: string | undefined;
  /** Carries a command out; says whether it was. */
  run: (command: () => Promise<unknown>) => Promise<boolean>;
}

/**
 * Carries out commands that need a connection, and tells in words what went wrong.
 *
 * ```tsx
 * const { run, fault } = useDoing();
 * if (await run(() => remove(path))) refresh();
 * ```
 */
export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const run = async (command: () => Promise<unknown>) => {
    setBusy(true);
    setFault(undefined);
    try {
      await command();
      return true;
    } catch (problem) {
      setFault(faultWords(problem));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, fault, run };
}

/** Why a command was not carried out. */
export function faultWords(problem: unknown): string {
  if (problem instanceof Unreachable)
    return 'The server cannot be reached. This needs a signal; try again then.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing was changed.';
  // Another record that the service asked: what it answered is said as any no is.
  if (problem.status >= 500 && problem.status !== 502)
    return 'The server is in trouble. Nothing was changed; try again in a minute.';
  return `Nothing was changed. ${sentenceOf(withoutPlace(problem))}`;
}

/** Where in a file something stands says nothing to whoever did not write the file. */
function withoutPlace({ message, body }: Problem): string {
  const place = typeof body.place === 'string' ? `${body.place}: ` : '';
  return place !== '' && message.startsWith(place) ? message.slice(place.length) : message;
}
