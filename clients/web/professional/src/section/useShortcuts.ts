import { useEffect } from 'preact/hooks';
import type { SectionStanding } from '../signing/useToSign';
import { shortcutsOn } from './shortcutsOn';

/** `j` and `k` go to the next and the last section, `e` into the first field. Not while typing, and only if they are on. */
export function useShortcuts(
  standings: SectionStanding[],
  current: SectionStanding | undefined,
  open: (section: string) => void,
): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest('input, textarea, select');
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !shortcutsOn.value) return;
      const at = current ? standings.indexOf(current) : -1;
      const next = event.key === 'j' ? standings[at + 1] : event.key === 'k' ? standings[at - 1] : undefined;
      if (next) {
        event.preventDefault();
        open(next.definition.id);
      }
      if (event.key === 'e') {
        event.preventDefault();
        document
          .querySelector<HTMLElement>(
            '.section .field :is(textarea, input, select, button:not(.help-button))',
          )
          ?.focus();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [standings, current, open]);
}
