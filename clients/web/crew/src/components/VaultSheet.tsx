/** Codes at the door: asked for by a press, shown large, and hidden again by themselves. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { askVault, reveal, type Revealed, type VaultItem, type VaultTrouble } from '../vault';

interface Props {
  plan: string;
  /** The emergency that the crew was sent to. */
  job: string | null;
  close(): void;
}

type State =
  | { at: 'asking' }
  | { at: 'list'; items: VaultItem[]; hidden?: VaultItem }
  | { at: 'shown'; items: VaultItem[]; item: VaultItem; revealed: Revealed }
  | { at: 'trouble'; trouble: VaultTrouble };

export function VaultSheet({ plan, job, close }: Props) {
  const sheet = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<State>({ at: 'asking' });
  useEffect(() => {
    sheet.current?.showModal();
    let left = false;
    void askVault(plan).then((found) => {
      if (!left)
        setState(
          typeof found === 'string' ? { at: 'trouble', trouble: found } : { at: 'list', items: found },
        );
    });
    return () => {
      left = true;
    };
  }, [plan]);

  const show = async (items: VaultItem[], item: VaultItem) => {
    setState({ at: 'asking' });
    const revealed = await reveal(plan, item.kind, job);
    if (typeof revealed === 'string') setState({ at: 'trouble', trouble: revealed });
    else setState({ at: 'shown', items, item, revealed });
  };

  return (
    <dialog ref={sheet} class="sheet" aria-labelledby="vault" onClose={close}>
      <h2 id="vault">Key safe and doors</h2>
      {/* Said aloud when it changes; the seconds are not. */}
      <div role="status">
        {state.at === 'asking' && <p>Asking…</p>}
        {state.at === 'trouble' && <p>{WORDS[state.trouble]}</p>}
        {state.at === 'list' && state.hidden && <p>{state.hidden.label}: hidden again.</p>}
        {state.at === 'shown' && (
          <>
            <p>{state.item.label}</p>
            <p class="code" dir="auto">
              {state.revealed.value}
            </p>
          </>
        )}
      </div>
      {state.at === 'shown' && (
        <Hiding
          after={state.revealed.hideAfterS}
          hide={() => setState({ at: 'list', items: state.items, hidden: state.item })}
        />
      )}
      {state.at === 'list' && (
        <>
          {state.items.map((item) => (
            <button key={item.kind} type="button" class="button" onClick={() => void show(state.items, item)}>
              Show {item.label.charAt(0).toLowerCase() + item.label.slice(1)}
            </button>
          ))}
          <p class="small">Your look is recorded, and the person can see it.</p>
        </>
      )}
      <button type="button" class="button button--plain" onClick={() => sheet.current?.close()}>
        Close
      </button>
    </dialog>
  );
}

/** Counts down where everybody sees it, and hides at the end, however long the phone slept meanwhile. */
function Hiding({ after, hide }: { after: number; hide(): void }) {
  const [left, setLeft] = useState(after);
  const hideNow = useRef(hide);
  hideNow.current = hide;
  const start = useCallback(() => {
    // Not the clock on the wall, which somebody may turn back.
    const end = performance.now() + after * 1000;
    const tick = () => {
      const rest = Math.ceil((end - performance.now()) / 1000);
      if (rest > 0) setLeft(rest);
      else hideNow.current();
    };
    const timer = setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [after]);
  useEffect(start, [start]);
  return (
    <>
      <p>
        Hidden in <strong>{left}</strong> {left === 1 ? 'second' : 'seconds'}. Your look is recorded.
      </p>
      <button type="button" class="button" onClick={hide}>
        Hide now
      </button>
    </>
  );
}

const TICK_MS = 250;

const WORDS: Record<VaultTrouble, string> = {
  none: 'No code is kept for this person. Ring dispatch, or somebody who holds a key.',
  'not-allowed': 'You may not see codes of this person. Ask dispatch.',
  'signed-out': 'You are signed out. Sign in again, or ask dispatch.',
  'no-answer':
    'No answer from the service. Codes are never kept on this device. Try again with a signal, or ask dispatch.',
  fault: 'The service could not give the code. Ask dispatch.',
};
