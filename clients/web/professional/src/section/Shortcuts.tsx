import { useObservable } from '@coplan/care-plan/sync';
import { shortcutsOn, turnShortcuts } from './shortcutsOn';
import { KEYS_ID } from './useShortcuts';

const keys = [
  ['j', 'next section'],
  ['k', 'section before'],
  ['e', 'first field'],
  ['h', 'history'],
  ['/', 'find'],
  ['?', 'this list'],
  ['Ctrl Z', 'undo my last change'],
  ['Esc', 'undo in a field'],
] as const;

/** What the keys do, and the way to turn them off. */
export function Shortcuts() {
  const on = useObservable(shortcutsOn);
  return (
    <details class="shortcuts" id={KEYS_ID}>
      <summary>Keyboard</summary>
      <dl class="shortcuts__keys">
        {keys.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <button class="link-button" type="button" onClick={() => turnShortcuts(!on)}>
        {on ? 'Turn single keys off' : 'Turn single keys on'}
      </button>
    </details>
  );
}
