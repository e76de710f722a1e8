import { useEffect, useRef } from 'preact/hooks';

/** Pages since the app was opened: the first begins at the top, as every page does; later ones at their heading. */
let pages = 0;

/** Names the page in the window, and takes whoever reads by ear or by keyboard to its heading. */
export function useTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Coplan`;
    if (pages > 0) heading.current?.focus({ preventScroll: true });
    pages += 1;
  }, [title]);
  return heading;
}
