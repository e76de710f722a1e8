import { useObservable, type SectionDocument } from '@coplan/care-plan/sync';
import { useState } from 'preact/hooks';
import { useOpenPlan } from '../openPlan';
import { changesInWords } from '../signing/changesInWords';

/** For each section whose changes the server refused: my words, to be copied, and the way on. */
export function RefusalNotice() {
  const { session } = useOpenPlan();
  return (
    <>
      {session.sections.map((document) => (
        <Refused key={document.section} document={document} />
      ))}
    </>
  );
}

function Refused({ document }: { document: SectionDocument }) {
  const { definitions } = useOpenPlan();
  const { refused, content } = useObservable(document.state);
  const [copied, setCopied] = useState(false);
  if (!refused) return null;
  const definition = definitions.find((one) => one.id === document.section);
  const before = document.asAcknowledged();
  const changes =
    definition && content ? changesInWords(definition, before?.fields ?? {}, content.fields) : [];
  const words = changes.map((change) => `${change.label}: ${change.after ?? change.words}`).join('\n\n');
  const copy = () => {
    void navigator.clipboard.writeText(words).then(() => setCopied(true));
  };
  return (
    <section class="refusal" aria-labelledby={`refusal-${document.section}`} role="alert">
      <h2 class="nhsuk-heading-m" id={`refusal-${document.section}`}>
        Not saved: {document.title}
      </h2>
      <p>
        The server did not accept a change: {refused.reason}. What you wrote here since then has not reached
        the team. Copy your words, go back to the team’s version, and write them again where they fit.
      </p>
      <label class="nhsuk-label" for={`words-${document.section}`}>
        Your words
      </label>
      <textarea
        class="nhsuk-textarea"
        id={`words-${document.section}`}
        rows={Math.min(10, Math.max(2, words.split('\n').length))}
        readOnly
        value={words}
      />
      <div class="refusal__actions">
        <button class="nhsuk-button nhsuk-button--secondary" type="button" onClick={copy}>
          {copied ? 'Copied' : 'Copy your words'}
        </button>
        <button class="nhsuk-button" type="button" onClick={() => void document.useTeamsVersion()}>
          Use the team’s version
        </button>
      </div>
    </section>
  );
}
