import { type SectionDocument, useObservable } from '@coplan/care-plan/sync';
import { useState } from 'preact/hooks';

/** What the service did not take: the person's own words, to be copied, and the way on. */
export function Refused({ document }: { document: SectionDocument }) {
  const { refused } = useObservable(document.state);
  const [copied, setCopied] = useState(false);
  if (!refused) return null;
  const words = document
    .unsent()
    .map(({ text }) => text)
    .join('\n\n');
  const copy = () => void navigator.clipboard.writeText(words).then(() => setCopied(true));
  return (
    <section class="panel confirm" role="alert" aria-labelledby="refused">
      <h2 id="refused">Not saved</h2>
      <p>
        The service did not take what you wrote: {refused.reason}. Your words are below. Copy them, go back to
        what the others see, and write them again.
      </p>
      <textarea class="nhsuk-textarea" aria-labelledby="refused" readOnly rows={4} value={words} />
      <div class="buttons">
        <button class="button button--plain" type="button" onClick={copy}>
          {copied ? 'Copied' : 'Copy my words'}
        </button>
        <button class="button" type="button" onClick={() => void document.useTeamsVersion()}>
          Go back to what the others see
        </button>
      </div>
    </section>
  );
}
