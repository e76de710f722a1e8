/** The first screen: an NHS number, and the plans that are kept on this device. */
import { formatMoment, formatNhsNumber, parseNhsNumber, type NhsNumberProblem } from '@coplan/care-plan/plan';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Me, Target } from '../api';
import { ThemeSwitch } from '../components/ThemeSwitch';
import { savedCopies, type SavedCopies, type SavedCopy } from '../deviceStore';

interface Props {
  me: Me | undefined;
  listCopies: boolean;
  open(target: Target): void;
  signOut(): void;
}

export function FindPage({ me, listCopies, open, signOut }: Props) {
  return (
    <>
      <header class="bar">
        <span class="bar__name">Coplan for crews</span>
        <ThemeSwitch />
      </header>
      <main class="page find">
        <h1>Open an urgent plan</h1>
        <NumberForm open={open} />
        {listCopies && <Copies open={open} />}
        <footer class="find__foot">
          {me && (
            <p>
              Signed in: <bdi>{me.name}</bdi>, <bdi>{me.organisation}</bdi>
            </p>
          )}
          <button type="button" class="button button--plain" onClick={signOut}>
            Sign out and delete plans from this device
          </button>
        </footer>
      </main>
    </>
  );
}

function NumberForm({ open }: Pick<Props, 'open'>) {
  const [problem, setProblem] = useState<NhsNumberProblem | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const read = parseNhsNumber(field.current?.value ?? '');
    if (read.ok) return open({ nhsNumber: read.number });
    setProblem(read.problem);
    field.current?.focus();
  };
  return (
    <form onSubmit={submit} novalidate autocomplete="off" class={problem ? 'field-error' : undefined}>
      <label for="number">NHS number</label>
      <p id="number-hint" class="hint">
        10 digits, with or without spaces
      </p>
      {problem && (
        <p id="number-problem" class="problem" role="alert">
          {wordsFor(problem)}
        </p>
      )}
      <div class="find__row">
        <input
          ref={field}
          id="number"
          inputmode="numeric"
          autocomplete="off"
          spellcheck={false}
          aria-describedby={problem ? 'number-hint number-problem' : 'number-hint'}
          aria-invalid={problem ? 'true' : undefined}
        />
        <button type="submit" class="button">
          Open
        </button>
      </div>
    </form>
  );
}

function Copies({ open }: Pick<Props, 'open'>) {
  const [{ copies, lapsed }, setCopies] = useState<SavedCopies>({ copies: [], lapsed: 0 });
  useEffect(() => {
    void savedCopies().then(setCopies);
  }, []);
  const gone = lapsed > 0 && <p role="status">{wordsForLapsed(lapsed)}</p>;
  if (copies.length === 0) return gone || null;
  return (
    <section aria-labelledby="copies">
      <h2 id="copies">Opened on this device</h2>
      {gone}
      <p class="hint">Kept for 24 hours after the last check, then deleted.</p>
      <ul class="copies">
        {copies.map((copy) => (
          <li key={copy.view.person.nhs_number}>
            <button type="button" class="copies__open" onClick={() => openAgain(copy, open)}>
              <strong>
                <bdi>{copy.view.person.name}</bdi>
              </strong>
              <span>{formatNhsNumber(copy.view.person.nhs_number)}</span>
              <span class="small">Checked {formatMoment(copy.checkedAtMs)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function openAgain(copy: SavedCopy, open: Props['open']): void {
  const read = parseNhsNumber(copy.view.person.nhs_number);
  if (read.ok) open({ nhsNumber: read.number });
}

function wordsForLapsed(lapsed: number): string {
  const what = lapsed === 1 ? 'A saved plan has' : `${lapsed} saved plans have`;
  return `${what} been deleted from this device: the service had not confirmed it for 24 hours, or the time to read it was over.`;
}

function wordsFor(problem: NhsNumberProblem): string {
  switch (problem.kind) {
    case 'empty':
      return 'Enter an NHS number';
    case 'not-digits':
      return 'An NHS number has only digits';
    case 'length':
      return `This has ${problem.digits} ${problem.digits === 1 ? 'digit' : 'digits'}. An NHS number has 10`;
    case 'check-digit':
      return 'This is not a real NHS number: a digit is wrong, or two have changed places';
  }
}
