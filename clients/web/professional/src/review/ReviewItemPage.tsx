import { formatMoment, signatureWords } from '@coplan/care-plan/plan';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { post } from '../api';
import { useAsked } from '../history/useAsked';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import { PageShell } from '../shell/PageShell';
import { useDoing } from '../useDoing';
import { type Finding, findingWords, inRuns, kindTitle, type ReviewDetail, reviewItemPath } from './review';

/** One entry: who, why, what was opened, and the finding. */
export function ReviewItemPage({ id }: { id: string }) {
  const [turn, setTurn] = useState(0);
  const { body, problem } = useAsked<ReviewDetail>(reviewItemPath(id), turn);
  const heading = useRef<HTMLHeadingElement>(null);
  const there = body !== undefined;
  useEffect(() => heading.current?.focus(), [there]);
  return (
    <PageShell title="Review">
      <main class="page page--form" id="main">
        <a class="nhsuk-back-link" href="/professional/review">
          All entries
        </a>
        {!body && (
          <p role="status">{problem ? 'There is no such entry, or no connection.' : 'Opening the entry…'}</p>
        )}
        {body && (
          <>
            <h1 tabIndex={-1} ref={heading}>
              {kindTitle[body.kind]}
            </h1>
            <dl class="facts">
              <Fact label="Who">{signatureWords(body.by)}</Fact>
              <Fact label="Why">“{body.reason}”</Fact>
              <Fact label="When">
                {formatMoment(body.at)}, open until {formatMoment(body.until)}
              </Fact>
              <Fact label="Plan">
                <span class="facts__id">{body.plan}</span> (its number in Coplan; the plan does not open to
                you)
              </Fact>
            </dl>
            <Opened opened={body.opened ?? []} />
            {body.finding ? (
              <div class="nhsuk-inset-text">
                <p>
                  <strong>{findingWords[body.finding]}.</strong>
                  {body.note && ` “${body.note}”`}
                </p>
              </div>
            ) : (
              <FindingForm id={body.id} onFound={() => setTurn((n) => n + 1)} />
            )}
          </>
        )}
      </main>
    </PageShell>
  );
}

function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Opened({ opened }: { opened: NonNullable<ReviewDetail['opened']> }) {
  return (
    <section aria-labelledby="opened">
      <h2 id="opened">What was opened</h2>
      {opened.length === 0 && <p class="quiet">Nothing.</p>}
      <ul class="rows">
        {inRuns(opened).map(({ sentence, from, to, times }, index) => (
          <li class="rows__row" key={index}>
            <div>
              {sentence}
              {times > 1 && <span class="nhsuk-u-font-weight-bold"> {times} times</span>}
              <span class="rows__line">{between(from, to)}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One moment, where both are the same to the minute. */
function between(from: string, to: string): string {
  const [first, last] = [formatMoment(from), formatMoment(to)];
  return first === last ? first : `${first} to ${last}`;
}

function FindingForm({ id, onFound }: { id: string; onFound: () => void }) {
  const { route } = useLocation();
  const [finding, setFinding] = useState<Finding>();
  const [note, setNote] = useState('');
  const [missing, setMissing] = useState<'finding' | 'note'>();
  const { busy, fault, run } = useDoing();
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = tidyReason(note);
    const lacks = !finding ? 'finding' : finding === 'not-in-order' && text === '' ? 'note' : undefined;
    setMissing(lacks);
    if (lacks || busy) {
      form.current?.querySelector<HTMLElement>(lacks === 'finding' ? '[name=finding]' : '#note')?.focus();
      return;
    }
    if (!(await run(() => post(reviewItemPath(id), { finding, note: text })))) return;
    onFound();
    route('/professional/review');
  };
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      {fault && (
        <div class="nhsuk-error-summary" role="alert">
          <p>{fault}</p>
        </div>
      )}
      <div class={`nhsuk-form-group ${missing === 'finding' ? 'nhsuk-form-group--error' : ''}`}>
        <fieldset
          class="nhsuk-fieldset"
          aria-describedby={missing === 'finding' ? 'finding-fault' : undefined}
        >
          <legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--m">What do you find?</legend>
          {missing === 'finding' && (
            <span class="nhsuk-error-message" id="finding-fault">
              <span class="nhsuk-u-visually-hidden">Error:</span> Choose one
            </span>
          )}
          <div class="nhsuk-radios">
            {(Object.keys(findingWords) as Finding[]).map((one) => (
              <div class="nhsuk-radios__item" key={one}>
                <input
                  class="nhsuk-radios__input"
                  id={`finding-${one}`}
                  name="finding"
                  type="radio"
                  checked={finding === one}
                  onChange={() => setFinding(one)}
                />
                <label class="nhsuk-label nhsuk-radios__label" for={`finding-${one}`}>
                  {findingWords[one]}
                </label>
              </div>
            ))}
          </div>
        </fieldset>
      </div>
      <ReasonBox
        id="note"
        label="Note"
        hint="What you asked and heard. Needed if it is not in order."
        reason={note}
        fault={missing === 'note'}
        onType={setNote}
      />
      <button class="nhsuk-button" type="submit" aria-disabled={busy}>
        Save the finding
      </button>
    </form>
  );
}
