import { useState } from 'preact/hooks';
import { paths, post, remove, type Trouble } from '../api';
import type { PageProps } from '../pageProps';
import { useTitle } from '../shell/useTitle';
import { useAsked } from '../useAsked';
import type { Whose } from '../whose';
import { ChoiceForm } from './ChoiceForm';
import type { Sharing } from '@coplan/care-plan/plan';
import { chosen, chosenWords, effectOf, lasts, stepsTo, titleOf, type Wish } from './choices';
import { ConfirmChoice } from './ConfirmChoice';

/** What is withheld because the national record of the person says so. */
const RESTRICTIONS = {
  restricted: 'Only staff who are named on the plan see the address and telephone number.',
  'very-restricted': 'Only staff who are named on the plan can open it. Ambulance crews see no address.',
};

/** Who can see the plan now, and how to change it: choose, look at what it means, say yes. */
export function SharingPage({ plan, whose }: PageProps) {
  const title = `Who can see ${whose.plan}`;
  const heading = useTitle(title);
  const { asked, again } = useAsked<Sharing>(paths.sharing(plan.id));
  const [wish, setWish] = useState<Wish | null>(null);
  const [said, setSaid] = useState<string>();
  const [trouble, setTrouble] = useState<Trouble>();
  const [busy, setBusy] = useState(false);

  const change = async (sharing: Sharing, wanted: Wish) => {
    if (busy) return;
    setBusy(true);
    const trouble = await carryOut(plan.id, sharing, wanted, whose);
    await again();
    setBusy(false);
    setTrouble(trouble);
    setSaid(
      trouble ? undefined : `Changed. ${whose.Plan} can now be seen by: ${titleOf(wanted.choice, whose)}.`,
    );
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
            whose={whose}
            busy={busy}
            onYes={() => void change(asked.value, wish)}
            onNo={() => setWish(null)}
          />
        ) : (
          <>
            <Now sharing={asked.value} whose={whose} />
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
          </>
        ))}
    </main>
  );
}

/** What holds now, since when, and who wrote it down. */
function Now({ sharing, whose }: { sharing: Sharing; whose: Whose }) {
  const { choice, objection } = chosen(sharing);
  // What was chosen among the decisions holds beside an objection; both are said.
  const decided = sharing.choice && chosenWords(sharing.choice, whose);
  const first =
    !objection && decided ? decided : { title: titleOf(choice, whose), effect: effectOf(choice, whose) };
  return (
    <section class="panel now" aria-labelledby="now">
      <h2 id="now">Now: {first.title}</h2>
      <Effect of={first.effect} />
      {decided && (
        <p>
          {objection ? (
            <>
              The decisions in {whose.plan} say besides: {decided.title}.{' '}
            </>
          ) : (
            `The decisions in ${whose.plan} say so. `
          )}
          To change that, speak to {whose.own ? 'your' : 'the'} care team. What you choose below holds as
          well, and the narrower of the two counts.
        </p>
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
