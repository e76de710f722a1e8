import { paths, type PlanOfList } from './api';
import { PlanRoute } from './PlanRoute';
import { Head, TroublePage, WaitingPage } from './shell/OutsidePage';
import { StartPlan } from './StartPlan';
import { useAsked } from './useAsked';

/** The one plan; for somebody who acts for several people, whose plan to open. */
export function HomePage() {
  const { asked, again } = useAsked<PlanOfList[]>(paths.plans);
  if (asked.at === 'asking') return <WaitingPage />;
  if (asked.at === 'trouble') return <TroublePage trouble={asked.trouble} again={again} />;
  const [first, ...others] = asked.value;
  if (!first) return <StartPlan started={() => void again()} />;
  return others.length === 0 ? <PlanRoute plan={first.id} /> : <ChoosePlan plans={asked.value} />;
}

function ChoosePlan({ plans }: { plans: PlanOfList[] }) {
  return (
    <>
      <Head />
      <main class="page" id="main">
        <h1>Whose plan do you want to open?</h1>
        <ul class="choose">
          {plans.map(({ id, person }) => (
            <li key={id}>
              <a class="button button--plain" href={`/person/plans/${id}`}>
                <bdi>{person.name}</bdi>
              </a>
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}
