import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { paths, post, put, remove, type Trouble } from '../api';
import type { PageProps } from '../pageProps';
import { useTitle } from '../shell/useTitle';
import { useAsked } from '../useAsked';
import type { Whose } from '../whose';
import { ActingPart, doneWords, type Limit } from './ActingPart';
import { ChoiceForm } from './ChoiceForm';
import {
  formatDate,
  lastDayOf,
  type Sharing,
  type SharingChoice,
  unknownWords,
} from '@coplan/care-plan/plan';
import { chosenTitle, lasts, narrowest, nowEffect, nowTitle, stepsTo, type Wish } from './choices';
import { ConfirmChoice } from './ConfirmChoice';
import { TwoSteps } from './TwoSteps';

/** What is withheld because the national record of the person says so. */
const RESTRICTIONS = {
  restricted: 'Only staff who are named on the plan see the address and telephone number.',
  'very-restricted': 'Only staff who are named on the plan can open it. Ambulance crews see no address.',
};

const CHANGED = 'Changed. What holds now stands below.';
const TAKEN_BACK = 'Taken back. What holds now stands below.';

/** Who can see the plan now, and how to change it: choose, look at what it means, say yes. */
export function SharingPage({ plan, whose }: PageProps) {
  const title = `Who can see ${whose.plan}`;
  const heading = useTitle(title);
  const { asked, again } = useAsked<Sharing>(paths.sharing(plan.id));
  const [wish, setWish] = useState<Wish | null>(null);
  const [said, setSaid] = useState<ComponentChildren>();
  const [trouble, setTrouble] = useState<Trouble>();
  const [busy, setBusy] = useState(false);

  const act = async (command: () => Promise<Trouble | undefined>, done: ComponentChildren) => {
    if (busy) return;
    setBusy(true);
    const trouble = await command();
    await again();
    setBusy(false);
    setTrouble(trouble);
    setSaid(trouble ? undefined : done);
    setWish(null);
    heading.current?.focus();
  };

  return (
    <main class="page" id="main" tabIndex={-1}>
      <h1 tabIndex={-1} ref={heading}>
        {title}
      </h1>
      <div role="status">{said && <p class="done">{said}</p>}</div>
      <div role="alert">
        {trouble && (
          <p class="problem">
            Nothing is certain: Coplan did not answer as it should. See what holds now, and try again.
          </p>
        )}
      </div>
      {asked.at === 'asking' && <p role="status">Opening…</p>}
      {asked.at === 'trouble' && <p class="problem">This cannot be shown now. Try again later.</p>}
      {asked.at === 'there' &&
        (wish ? (
          <ConfirmChoice
            wish={wish}
            beside={asked.value.choice}
            whose={whose}
            busy={busy}
            onYes={() => void act(() => carryOut(plan.id, asked.value, wish, whose), CHANGED)}
            onNo={() => setWish(null)}
          />
        ) : (
          <>
            <Now
              sharing={asked.value}
              whose={whose}
              busy={busy}
              onTakeBack={(choice) => void act(() => withdraw(plan.id, choice, whose), TAKEN_BACK)}
            />
            {asked.value.may_set && (
              <ChoiceForm
                whose={whose}
                now={asked.nowMs}
                onWish={(wanted) => {
                  setSaid(undefined);
                  setTrouble(undefined);
                  setWish(wanted);
                }}
              />
            )}
            <ActingPart
              sharing={asked.value}
              whose={whose}
              busy={busy}
              onLimit={(limit) => void act(() => setKept(plan.id, limit), doneWords(limit))}
            />
          </>
        ))}
    </main>
  );
}

interface NowProps {
  sharing: Sharing;
  whose: Whose;
  busy: boolean;
  onTakeBack: (choice: SharingChoice) => void;
}

/** What holds now, since when, and who wrote it down. */
function Now({ sharing, whose, busy, onTakeBack }: NowProps) {
  const objection = narrowest(sharing);
  // What was chosen among the decisions holds beside an objection; both are said.
  const { choice } = sharing;
  return (
    <section class="panel now" aria-labelledby="now">
      <h2 id="now">Now: {nowTitle(sharing, whose)}</h2>
      <Effect of={nowEffect(sharing, whose)} />
      {choice && (
        <>
          <p>
            The decisions in {whose.plan} say: <strong>{chosenTitle(choice, whose)}</strong>
            {choice.until && `, until the end of ${formatDate(lastDayOf(choice.until))}`}. What is chosen
            below holds as well, and the narrower of the two counts.
          </p>
          {unknownWords(choice) && <p>{unknownWords(choice)}</p>}
          {choice.may_withdraw && choice.decisions.length > 0 && (
            <TwoSteps
              label="Take back what the decisions say"
              yes="Yes, take it back"
              no="No, leave it"
              busy={busy}
              onYes={() => onTakeBack(choice)}
            >
              <p>
                Those whom it kept out can then see {whose.plan}, unless something else keeps them out. What
                it said stays in the history.
              </p>
            </TwoSteps>
          )}
        </>
      )}
      {objection && (
        <p class="quiet">
          {lasts(objection)}
          {objection.by && (
            <>
              {' '}
              Written down by <bdi>{objection.by.name}</bdi>
              {objection.reason && (
                <>
                  : “<bdi>{objection.reason}</bdi>”
                </>
              )}
            </>
          )}
        </p>
      )}
      {sharing.restriction && (
        <p>
          <strong>{RESTRICTIONS[sharing.restriction]}</strong>{' '}
          {whose.own ? 'Your NHS record' : `The NHS record of ${whose.name}`} says so. It cannot be changed
          here.
        </p>
      )}
    </section>
  );
}

function Effect({ of }: { of: string[] }) {
  return (
    <ul class="effect">
      {of.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

/** Takes back the decisions that narrow it, one by one; what they said stays in the history. */
async function withdraw(
  plan: string,
  { decisions }: SharingChoice,
  { own }: Whose,
): Promise<Trouble | undefined> {
  const reason = own
    ? 'I do not want this any longer'
    : 'Taken back for the person by somebody who acts for them';
  for (const id of decisions) {
    const command = { command: 'withdraw', kind: 'sharing_choice', id, reason };
    const answer = await post(`/api/plans/${plan}/decisions`, command);
    if (!answer.ok) return answer.trouble;
  }
  return undefined;
}

/** Asks it of the service, step by step, and stops where one step fails: then more stands than was wanted, never less. */
async function carryOut(
  plan: string,
  sharing: Sharing,
  wish: Wish,
  whose: Whose,
): Promise<Trouble | undefined> {
  const { add, takeBack } = stepsTo(wish, sharing, whose);
  if (add) {
    const answer = await post(paths.objections(plan), add);
    if (!answer.ok) return answer.trouble;
  }
  for (const id of takeBack) {
    const answer = await remove(`${paths.objections(plan)}/${id}`);
    // One that has run out meanwhile is gone already.
    if (!answer.ok && answer.trouble !== 'not-found') return answer.trouble;
  }
  return undefined;
}

/** Keeps a section from one who acts for the person, or lets them see it again. */
async function setKept(plan: string, { acting, section, keep }: Limit): Promise<Trouble | undefined> {
  const path = paths.kept(plan, acting.account, section.section);
  const answer = await (keep ? put(path) : remove(path));
  // What was kept no more is what was wanted.
  if (answer.ok || (!keep && answer.trouble === 'not-found')) return undefined;
  return answer.trouble;
}
