import { useEffect, useRef } from 'preact/hooks';
import { useOpenPlan } from '../openPlan';
import { SuggestionCard } from './SuggestionCard';
import { SuggestionLine } from './SuggestionLine';
import type { Suggestion } from './suggestion';

/** Every suggestion of a plan: those to decide first, then those of others, then what has been decided. */
export function SuggestionsPage() {
  const { suggestions, definitions } = useOpenPlan();
  const list = useRef<HTMLDivElement>(null);
  const all = suggestions.body?.suggestions ?? [];
  const open = all.filter(({ state }) => state === 'open');
  const mine = open.filter(({ may_decide }) => may_decide);
  const others = open.filter(({ may_decide }) => !may_decide);
  const decided = all.filter(({ state }) => state !== 'open');
  const decidedOne = useNextFocus(list, mine);
  const titleOf = (id: string) => definitions.find((one) => one.id === id)?.title ?? id;
  return (
    <main class="page" id="main">
      <h1>Suggestions</h1>
      {!suggestions.body && (
        <p role="status">
          {suggestions.problem ? 'The suggestions are not on this device.' : 'Opening the suggestions…'}
        </p>
      )}
      {suggestions.body && all.length === 0 && (
        <p>
          Nobody has suggested a change. Whoever reads a section and may not write it finds “Suggest a change”
          there.
        </p>
      )}
      <div ref={list} tabIndex={-1}>
        {mine.length > 0 && <h2 class="nhsuk-heading-m">{mine.length} to decide</h2>}
        {mine.map((one) => (
          <SuggestionCard key={one.id} suggestion={one} onDecided={() => decidedOne(one)} />
        ))}
      </div>
      {others.length > 0 && <h2 class="nhsuk-heading-m">Waiting for others</h2>}
      {others.map((one) => (
        <SuggestionCard key={one.id} suggestion={one} />
      ))}
      {decided.length > 0 && <h2 class="nhsuk-heading-m">Decided</h2>}
      {decided.map((one) => (
        <section class="decided" key={one.id} aria-label={one.label}>
          <h3 class="suggestion__label">
            {titleOf(one.section)}: {one.label}
          </h3>
          <SuggestionLine suggestion={one} />
        </section>
      ))}
    </main>
  );
}

/** After one is decided the focus goes to the next, so that a list is worked through by keyboard. */
function useNextFocus(list: { current: HTMLElement | null }, mine: Suggestion[]): (one: Suggestion) => void {
  const next = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (next.current === undefined) return;
    const target =
      list.current?.querySelector<HTMLElement>(`[data-suggestion="${next.current}"]`) ?? list.current;
    target?.focus();
    next.current = undefined;
  }, [mine.length, list]);
  return (one) => {
    const at = mine.indexOf(one);
    next.current = (mine[at + 1] ?? mine[at - 1])?.id ?? '';
  };
}
