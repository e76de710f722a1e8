import { usePublications } from '@coplan/care-plan/news';
import { useCallback, useState } from 'preact/hooks';
import { paths } from '../api';

/** A newer version than the one on the screen, and how to see it. */
export interface Newest {
  /** There is one, and it waits for the reader. */
  waits: boolean;
  /** It has come into its place by itself just now. */
  came: boolean;
  show: () => void;
}

/**
 * Follows what is published. A newer version takes the place of the one on the screen where nothing moves under the
 * reader; otherwise it is announced, and waits.
 */
export function useNewest(
  plan: string,
  version: number | undefined,
  nothing: boolean,
  again: () => Promise<void>,
  { lose, look }: { lose: () => void; look: () => Promise<void> },
): Newest {
  const [newest, setNewest] = useState(0);
  const [came, setCame] = useState(0);
  const shown = version ?? 0;
  const show = useCallback(() => void again(), [again]);
  const published = (number: number) => {
    setNewest(number);
    if (!isAtTheTop()) return;
    setCame(number);
    show();
  };
  usePublications(
    version === undefined && !nothing ? undefined : { url: paths.events(plan), version: shown },
    // Whoever is not told any more may not read it any more, or not be signed in: the next question says.
    { published, changed: () => void look(), gone: lose, refused: lose },
  );
  return { waits: newest > shown && came < newest, came: came > 0 && came <= shown, show };
}

/** How far from the top nothing of the plan itself has been read yet, in CSS pixels. */
const TOP_PX = 120;

/** Nobody has gone into the page: nothing is open, nothing has the focus, nothing was scrolled. */
function isAtTheTop(): boolean {
  const { activeElement } = document;
  const reading =
    activeElement !== null && activeElement.closest('main') !== null && activeElement.tagName !== 'H1';
  return scrollY <= TOP_PX && !reading && document.querySelector('main details[open]') === null;
}
