import { useObservable } from '@coplan/care-plan/sync';
import { useEffect, useState } from 'preact/hooks';
import { useOpenPlan } from '../openPlan';
import { HISTORY_ID } from '../section/useShortcuts';
import { EntryCard } from './EntryCard';
import type { History } from '@coplan/care-plan/plan';
import { historyPath } from './entry';
import { focusedField } from './focusedField';
import { useAsked } from './useAsked';

/** So many entries stand beside a section; the history page has all. */
const BESIDE_MAX = 8;

/** The history of the open section, or of the field that I am in. */
export function HistoryCard({ section }: { section: string }) {
  const { plan } = useOpenPlan();
  const focused = useObservable(focusedField);
  const [open, setOpen] = useState(false);
  const [whole, setWhole] = useState(false);
  const field = focused?.section === section && !whole ? focused : undefined;
  useEffect(() => setWhole(false), [focused]);
  return (
    <details
      class="context-card history-card"
      id={HISTORY_ID}
      onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>History{field ? ` of “${field.label}”` : ' of this section'}</summary>
      {open && <Entries section={section} path={field?.path} />}
      {open && field && (
        <button class="link-button" type="button" onClick={() => setWhole(true)}>
          Show the whole section
        </button>
      )}
      <p>
        <a href={`/professional/plans/${plan.id}/history`}>History of the plan</a>
      </p>
    </details>
  );
}

function Entries({ section, path }: { section: string; path: string | undefined }) {
  const { plan, session, conflicts } = useOpenPlan();
  const [turn, setTurn] = useState(0);
  const heads = session.section(section)?.state.value.heads.join();
  const asked = useAsked<History>(
    historyPath(plan.id, { section, path, limit: String(BESIDE_MAX) }),
    // Asked again when what the plan's answers are about has been stored.
    hash(`${turn} ${heads} ${conflicts.body ? 1 : 0}`),
  );
  if (asked.problem) return <p class="quiet">The history needs a connection.</p>;
  if (!asked.body) return <p role="status">Opening the history…</p>;
  if (asked.body.entries.length === 0) return <p class="quiet">Nothing was written here yet.</p>;
  return (
    <ol class="entries">
      {asked.body.entries.map((entry) => (
        <EntryCard key={entry.id} entry={entry} onUndone={() => setTurn((n) => n + 1)} />
      ))}
    </ol>
  );
}

/** A number that is another for another text. */
function hash(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}
