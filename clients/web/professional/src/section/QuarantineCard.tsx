import { formatMoment } from '@coplan/care-plan/plan';
import { useRef, useState } from 'preact/hooks';
import { paths, post, type Quarantined } from '../api';
import { useOpenPlan } from '../openPlan';
import { useAnswer } from '../useAnswer';
import { useDoing } from '../useDoing';

type Outcome = 'salvaged' | 'discarded';

/** Words that the server did not take into a section: to be copied by somebody who may write it, and put away. */
export function QuarantineCard({ section }: { section: string | undefined }) {
  const { plan } = useOpenPlan();
  const { body, refresh } = useAnswer<Quarantined[]>(paths.quarantine(plan.id));
  const heading = useRef<HTMLHeadingElement>(null);
  const { fault, run } = useDoing();
  const here = body?.filter((one) => one.section === section && (one.state ?? 'open') === 'open') ?? [];
  if (here.length === 0) return null;
  const done = async (one: Quarantined, outcome: Outcome) => {
    if (!(await run(() => post(`${paths.quarantine(plan.id)}/${one.id}`, { outcome })))) return;
    refresh();
    heading.current?.focus();
  };
  return (
    <section class="context-card context-card--quarantine" aria-labelledby="quarantine-heading">
      <h2 class="nhsuk-heading-s" id="quarantine-heading" tabIndex={-1} ref={heading}>
        Not accepted
      </h2>
      <p class="quiet">
        The server did not take these words into this section. Nothing that was typed is lost: write here what
        should stand, in your own name.
      </p>
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      <ul class="quarantine">
        {here.map((one) => (
          <Refused key={one.id} one={one} done={(outcome) => void done(one, outcome)} />
        ))}
      </ul>
    </section>
  );
}

/** The words of one person, and what somebody has made of them: whoever copied them has written them anew. */
function Refused({ one, done }: { one: Quarantined; done: (outcome: Outcome) => void }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(one.text).then(() => setCopied(true));
  return (
    <li>
      <p>
        <strong>{one.by}</strong>, {one.organisation}, {formatMoment(one.received_at)}
      </p>
      {one.text && <blockquote class="prose">{one.text}</blockquote>}
      <p class="quiet">{one.reason}</p>
      <p class="quarantine__actions">
        {one.text && (
          <button class="link-button" type="button" onClick={copy}>
            {copied ? 'Copied' : 'Copy the words'}
          </button>
        )}
        <button class="link-button" type="button" onClick={() => done(copied ? 'salvaged' : 'discarded')}>
          Done with it<span class="nhsuk-u-visually-hidden">: words of {one.by}</span>
        </button>
      </p>
    </li>
  );
}
