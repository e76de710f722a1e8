import { formatMoment } from '@coplan/care-plan/plan';
import { wordsEndAt } from '@coplan/care-plan/device';
import { type KeptWords as Words } from '@coplan/care-plan/device';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { useDevice } from '../signedIn';
import { Confirm } from '../team/Confirm';

/** What somebody typed and could not send before they lost access; of one plan, or all. `turn` asks the device again. */
export function KeptWords({ plan, turn = 0 }: { plan?: string; turn?: number }) {
  const device = useDevice();
  const [all, setAll] = useState<Words[]>([]);
  const read = useCallback(() => void device.words(Date.now()).then(setAll), [device]);
  useEffect(read, [read, turn]);
  const some = plan ? all.filter((one) => one.plan === plan) : all;
  if (some.length === 0) return null;
  return (
    <section class="kept-words" aria-labelledby="kept-words">
      <h2 class="nhsuk-heading-m" id="kept-words">
        What you typed and was not sent
      </h2>
      <p>
        You lost access to the plan before it reached the server. It is kept on this device for you alone:
        copy it, and give it to somebody on the team.
      </p>
      {some.map((one) => (
        <Kept key={one.id} words={one} forget={() => void device.forgetWords(one.id).then(read)} />
      ))}
    </section>
  );
}

function Kept({ words, forget }: { words: Words; forget: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(words.words).then(() => setCopied(true));
  return (
    <div class="kept-words__one">
      <label class="nhsuk-label nhsuk-label--s" for={`kept-${words.id}`}>
        {words.title}
      </label>
      <p class="quiet">
        From {formatMoment(words.at)}. Deleted from this device on {formatMoment(wordsEndAt(words.at))}.
      </p>
      <textarea
        class="nhsuk-textarea"
        id={`kept-${words.id}`}
        rows={Math.min(8, words.words.split('\n').length + 1)}
        readOnly
        value={words.words}
      />
      <div class="kept-words__actions">
        <button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small" type="button" onClick={copy}>
          {copied ? 'Copied' : 'Copy the words'}
        </button>
        <Confirm
          label="Delete them now"
          of={`from ${words.title}`}
          question="They stand nowhere else."
          yes="Delete them"
          onYes={forget}
        />
      </div>
    </div>
  );
}
