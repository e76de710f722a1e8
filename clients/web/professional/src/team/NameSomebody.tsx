import { useState } from 'preact/hooks';
import { useAsked } from '../history/useAsked';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import { type Colleague, colleaguesPath } from './team';

interface NameSomebodyProps {
  id: string;
  /** What opens the form. */
  open: string;
  why: string;
  button: string;
  busy: boolean;
  onName: (user: string, reason: string) => Promise<void>;
}

/** So many letters of a name are needed before anybody is looked for. */
const LETTERS_MIN = 2;

/** Finds a member of staff by name, and says why they are named or kept out. */
export function NameSomebody({ id, open, why, button, busy, onName }: NameSomebodyProps) {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<Colleague>();
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState(false);
  const wanted = typed.trim();
  const { body } = useAsked<Colleague[]>(
    wanted.length >= LETTERS_MIN && !chosen ? colleaguesPath(wanted) : undefined,
  );
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!chosen || busy) return;
    const text = tidyReason(reason);
    setFault(text === '');
    if (text === '') return document.getElementById(`${id}-reason`)?.focus();
    await onName(chosen.user, text);
    setChosen(undefined);
    setTyped('');
    setReason('');
  };
  return (
    <details class="fold">
      <summary>{open}</summary>
      <form class="fold__form" onSubmit={(event) => void submit(event)} noValidate>
        {!chosen && (
          <>
            <label class="nhsuk-label" for={`${id}-who`}>
              Find by name
            </label>
            <input
              class="nhsuk-input"
              id={`${id}-who`}
              type="search"
              autocomplete="off"
              spellcheck={false}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
            <p class="quiet" role="status">
              {body && (body.length === 0 ? 'Nobody has this name.' : `${body.length} found`)}
            </p>
            <ul class="found">
              {(body ?? []).map((one) => (
                <li key={one.user}>
                  <button class="found__one" type="button" onClick={() => setChosen(one)}>
                    <strong>
                      <bdi>{one.name}</bdi>
                    </strong>
                    <span class="rows__line">
                      {one.job_title}, {one.organisation}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
        {chosen && (
          <>
            <p>
              <strong>
                <bdi>{chosen.name}</bdi>
              </strong>
              , {chosen.job_title}, {chosen.organisation}{' '}
              <button class="link-button" type="button" onClick={() => setChosen(undefined)}>
                Somebody else
              </button>
            </p>
            <ReasonBox id={`${id}-reason`} label={why} reason={reason} fault={fault} onType={setReason} />
            <button class="nhsuk-button nhsuk-button--secondary" type="submit" aria-disabled={busy}>
              {button}
            </button>
          </>
        )}
      </form>
    </details>
  );
}
