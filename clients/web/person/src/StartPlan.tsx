import { parseNhsNumber } from '@coplan/care-plan/plan';
import { useState } from 'preact/hooks';
import { paths, post } from './api';
import { Outside } from './shell/OutsidePage';
import { SignOut } from './shell/SignOut';

/** For somebody without a plan: beginning one's own, and who else can begin it. */
export function StartPlan({ started }: { started: () => void }) {
  const [refused, setRefused] = useState(false);
  return (
    <Outside title="You have no plan yet" beside={<SignOut />}>
      <p>
        A plan says what matters to you and what should happen if you become ill. You can read it, write in
        it, and see who opens it.
      </p>
      {refused ? (
        <section class="panel confirm" aria-labelledby="who-can" role="alert">
          <h2 id="who-can">You cannot start a plan by yourself here</h2>
          <p>
            Nothing has been started, and nothing about you was written down. These people can start one with
            you:
          </p>
          <WhoCan />
        </section>
      ) : (
        <>
          <StartForm started={started} refused={() => setRefused(true)} />
          <section class="panel locked" aria-labelledby="who-can">
            <h2 id="who-can">Or ask somebody who looks after you</h2>
            <p>These people can start a plan with you:</p>
            <WhoCan />
          </section>
        </>
      )}
    </Outside>
  );
}

function WhoCan() {
  return (
    <ul class="bullets">
      <li>your GP surgery</li>
      <li>a nurse, therapist or social worker who comes to see you</li>
      <li>a hospital team or a hospice that knows you</li>
    </ul>
  );
}

/** What went wrong. Whether somebody of that number has a plan is told to nobody. */
const FAULTS = {
  trouble: 'Coplan does not answer. Nothing was started. Try again.',
  unknown: 'No plan could be started for this number. Look at it again, or ask your GP surgery.',
};

function StartForm({ started, refused }: { started: () => void; refused: () => void }) {
  const [number, setNumber] = useState('');
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const parsed = parseNhsNumber(number);
    if (!parsed.ok) {
      setFault('An NHS number has 10 digits, like 999 123 4567. It stands on letters from the NHS.');
      return document.getElementById('own-number')?.focus();
    }
    setBusy(true);
    const answer = await post(paths.plans, { nhs_number: parsed.number });
    setBusy(false);
    if (answer.ok) return started();
    if (answer.trouble === 'refused' && answer.status === 403) return refused();
    setFault(answer.trouble === 'no-answer' ? FAULTS.trouble : FAULTS.unknown);
  };
  return (
    <form class="panel form" noValidate onSubmit={(event) => void submit(event)}>
      <h2>Start your own plan</h2>
      <div>
        <label for="own-number">Your NHS number</label>
        {fault && (
          <p class="fault" id="own-number-fault" role="alert">
            {fault}
          </p>
        )}
        <input
          class="line-box"
          id="own-number"
          inputMode="numeric"
          autocomplete="off"
          aria-describedby={fault ? 'own-number-fault' : undefined}
          aria-invalid={fault ? true : undefined}
          value={number}
          onInput={(event) => setNumber(event.currentTarget.value)}
        />
      </div>
      <p>
        <button class="button" type="submit" aria-disabled={busy}>
          Start my plan
        </button>
      </p>
    </form>
  );
}
