import { useState } from 'preact/hooks';
import { Problem, Unreachable } from '../api';
import { type Entry, timesWords } from '@coplan/care-plan/plan';
import { sentenceCase } from '../decisions/sentenceCase';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import { DifferenceList } from './DifferenceList';
import { undo } from './entry';

/** What one person did at one time: a sentence, what it changed, and the way to take it back if it was I. */
export function EntryCard({ entry, onUndone }: { entry: Entry; onUndone: () => void }) {
  const me = useMe();
  const mine = entry.by.user === me.user.id;
  return (
    <li class={`entry entry--${entry.kind}`}>
      <p class="entry__sentence">{entry.sentence}</p>
      <p class="entry__when">{timesWords(entry.at, entry.device_at)}</p>
      {entry.differences.length > 0 && (
        <details class="entry__more">
          <summary>
            What changed<span class="nhsuk-u-visually-hidden">: {entry.sentence}</span>
          </summary>
          <DifferenceList differences={entry.differences} />
        </details>
      )}
      {mine && entry.undoable && <UndoButton entry={entry} onUndone={onUndone} />}
    </li>
  );
}

function UndoButton({ entry, onUndone }: { entry: Entry; onUndone: () => void }) {
  const { plan } = useOpenPlan();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const take = () => {
    setBusy(true);
    undo(plan.id, entry)
      .then(onUndone, (problem: unknown) => setFault(undoFault(problem)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      <button class="link-button" type="button" disabled={busy} onClick={take}>
        Take this back<span class="nhsuk-u-visually-hidden">: {entry.sentence}</span>
      </button>
    </>
  );
}

/** Why a change was not taken back, in plain words. */
export function undoFault(problem: unknown): string {
  if (problem instanceof Unreachable)
    return 'The server cannot be reached. Taking something back needs a signal.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing was taken back.';
  if (problem.code === 'not-own-change') return 'Only whoever made a change takes it back.';
  if (problem.code !== 'changed-since') return sentenceCase(problem.message);
  const fields = Array.isArray(problem.body.fields)
    ? ` (${problem.body.fields.map(fieldWords).join(', ')})`
    : '';
  return `Somebody has changed it since${fields}, so it stays as it is.`;
}

const fieldWords = (field: unknown): string =>
  typeof field === 'string' ? field : String((field as Record<string, unknown> | null)?.label ?? '');
