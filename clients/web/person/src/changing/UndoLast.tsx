import type { Entry, History } from '@coplan/care-plan/plan';
import type { SectionDocument } from '@coplan/care-plan/sync';
import { useState } from 'preact/hooks';
import { ask, paths, post } from '../api';
import { useMe } from '../me';

type State = { at: 'rest' } | { at: 'asked'; entry: Entry } | { at: 'told'; words: string };

/** Others' words are never taken back with one's own. */
const SINCE = 'Others have written here since, so it stays as it is. You can still change the words above.';

/** Takes back what the person changed last in this part, after showing what that was. */
export function UndoLast({ document }: { document: SectionDocument }) {
  const me = useMe();
  const [state, setState] = useState<State>({ at: 'rest' });
  const tell = (words: string) => setState({ at: 'told', words });
  const find = async () => {
    const answer = await ask<History>(paths.history(document.plan));
    if (!answer.ok) return tell('This needs a signal. Nothing was taken back.');
    const mine = answer.value.entries.find(
      (one) => one.by.user === me.user.id && one.section === document.section && one.differences.length > 0,
    );
    if (mine?.undoable) setState({ at: 'asked', entry: mine });
    else tell(mine ? SINCE : 'You have changed nothing here yet.');
  };
  const take = async ({ section, changes }: Entry) => {
    const answer = await post(paths.undo(document.plan), { section, changes });
    tell(
      answer.ok
        ? 'Taken back.'
        : answer.trouble === 'refused'
          ? SINCE
          : 'This needs a signal. Nothing was taken back.',
    );
  };
  return (
    <div class="undo" role="status">
      {state.at !== 'asked' && (
        <button class="text-button" type="button" onClick={() => void find()}>
          Undo my last change
        </button>
      )}
      {state.at === 'told' && <p>{state.words}</p>}
      {state.at === 'asked' && (
        <>
          <p>Your last change here:</p>
          <ul class="bullets">
            {state.entry.differences.map(({ path, label, kind, before, after }) => (
              <li key={path}>
                <bdi>{label}</bdi>: {changeWords(kind, before, after)}
              </li>
            ))}
          </ul>
          <div class="buttons">
            <button class="button" type="button" onClick={() => void take(state.entry)}>
              Take it back
            </button>
            <button class="button button--plain" type="button" onClick={() => setState({ at: 'rest' })}>
              Leave it
            </button>
          </div>
        </>
      )}
    </div>
  );
}

const KINDS: Partial<Record<Entry['differences'][number]['kind'], string>> = {
  added: 'you added it',
  removed: 'you took it away',
  restored: 'you put it back',
  moved: 'you moved it',
};

function changeWords(
  kind: Entry['differences'][number]['kind'],
  before: string | null,
  after: string | null,
): string {
  return KINDS[kind] ?? `“${before ?? 'nothing'}” became “${after ?? 'nothing'}”`;
}
