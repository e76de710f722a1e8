import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import type { Entry, History } from '@coplan/care-plan/plan';
import { historyPath, undo } from './entry';
import { undoFault } from './EntryCard';

/** How far back my last change is looked for. */
const ENTRIES_MAX = 30;

type State =
  { kind: 'ask'; entry: Entry } | { kind: 'done'; sentence: string } | { kind: 'told'; words: string };

/**
 * Ctrl+Z or Cmd+Z outside of a box: shows my last change, and takes it back when I confirm. Inside a box the browser's
 * own undo works on what is being typed.
 */
export function UndoKey() {
  const { plan } = useOpenPlan();
  const me = useMe();
  const [state, setState] = useState<State>();
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest('input, textarea, select');
      const pressed = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      if (typing || !pressed || event.key.toLowerCase() !== 'z') return;
      event.preventDefault();
      find(plan.id, me.user.id).then(setState, (problem: unknown) =>
        setState({ kind: 'told', words: undoFault(problem) }),
      );
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [plan.id, me.user.id]);
  useEffect(() => {
    if (state?.kind === 'ask') confirm.current?.focus();
  }, [state]);
  if (!state) return null;
  const close = () => setState(undefined);
  const take = (entry: Entry) => {
    undo(plan.id, entry).then(
      () => setState({ kind: 'done', sentence: entry.sentence }),
      (problem: unknown) => setState({ kind: 'told', words: undoFault(problem) }),
    );
  };
  return (
    <div class="undo-bar" role="status" onKeyDown={(event) => event.key === 'Escape' && close()}>
      {state.kind === 'ask' && (
        <>
          <p>Your last change: {state.entry.sentence}</p>
          <button
            class="nhsuk-button nhsuk-button--small"
            type="button"
            ref={confirm}
            onClick={() => take(state.entry)}
          >
            Take it back
          </button>
        </>
      )}
      {state.kind === 'done' && <p>Taken back: {state.sentence}</p>}
      {state.kind === 'told' && <p>{state.words}</p>}
      <button class="link-button" type="button" onClick={close}>
        {state.kind === 'ask' ? 'Leave it' : 'Close'}
      </button>
    </div>
  );
}

async function find(plan: Parameters<typeof historyPath>[0], user: string): Promise<State> {
  const { entries } = (await get(historyPath(plan, { limit: String(ENTRIES_MAX) }))) as History;
  const entry = entries.find((one) => one.by.user === user && one.undoable);
  return entry
    ? { kind: 'ask', entry }
    : { kind: 'told', words: 'You have changed nothing here that can be taken back.' };
}
