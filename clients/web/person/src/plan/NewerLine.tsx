import type { Newest } from './useNewest';

/** One quiet line: that there is something newer. It stays where it is seen, and moves nothing by itself. */
export function NewerLine({ newest: { waits, came, show } }: { newest: Newest }) {
  return (
    <div class={waits ? 'newer newer--waits no-print' : 'newer no-print'} role="status">
      {waits && (
        <p>
          A newer version exists.{' '}
          <button class="button button--plain" type="button" onClick={show}>
            Show it
          </button>
        </p>
      )}
      {!waits && came && <p class="quiet">A newer version has come, and is shown here.</p>}
    </div>
  );
}
