import { useEffect, useRef } from 'preact/hooks';
import { FIND_ID } from './SectionNav';
import { shortcutsOn } from './shortcutsOn';

interface Place {
  entries: { id: string }[];
  current: { id: string } | undefined;
  open: (section: string) => void;
  show: (tab: 'sections' | 'section' | 'context') => void;
}

/** The id of the list of keys, and of the history beside a section. */
export const KEYS_ID = 'keyboard';
export const HISTORY_ID = 'history';

/**
 * `j` and `k` go to the next and the last section, `e` into the first field, `h` to the history, `/` to the box that
 * finds, `?` to the list of keys. Not while typing, and only if they are on.
 */
export function useShortcuts(place: Place): void {
  const now = useRef(place);
  now.current = place;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest('input, textarea, select');
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !shortcutsOn.value) return;
      const act = actions[event.key];
      if (!act) return;
      event.preventDefault();
      act(now.current);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

const actions: Record<string, (place: Place) => void> = {
  j: (place) => go(place, 1),
  k: (place) => go(place, -1),
  e: ({ show }) => {
    show('section');
    focusOn(() =>
      document.querySelector('.section .field :is(textarea, input, select, button:not(.help-button))'),
    );
  },
  h: ({ show }) => {
    show('context');
    focusOn(() => opened(HISTORY_ID));
  },
  '/': ({ show }) => {
    show('sections');
    focusOn(() => document.getElementById(FIND_ID));
  },
  '?': ({ show }) => {
    show('context');
    focusOn(() => opened(KEYS_ID));
  },
};

function go({ entries, current, open }: Place, by: 1 | -1): void {
  const next = entries[entries.findIndex(({ id }) => id === current?.id) + by];
  if (next) open(next.id);
}

/** On a phone the tab has to be drawn before anything in it takes the focus. */
function focusOn(find: () => HTMLElement | null): void {
  // At once where it stands already: letters typed in the same moment must not fall into another field.
  const there = find();
  if (there?.checkVisibility()) there.focus();
  else requestAnimationFrame(() => find()?.focus());
}

/** The summary of a part that folds, which is opened. */
function opened(id: string): HTMLElement | null {
  const part = document.getElementById(id);
  if (part instanceof HTMLDetailsElement) part.open = true;
  return part?.querySelector<HTMLElement>('summary') ?? part;
}
