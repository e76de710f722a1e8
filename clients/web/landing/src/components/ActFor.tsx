import { useEffect, useState } from 'preact/hooks';
import { askPlans, type PlanOfPerson } from '../api';

/** For somebody who acts for several people: whose plan to open. */
export function ActFor() {
  const [plans, setPlans] = useState<PlanOfPerson[]>([]);
  useEffect(() => {
    void askPlans().then((answer) => answer.ok && setPlans(answer.value));
  }, []);
  if (plans.length < 2) return null;
  return (
    <section class="panel" aria-labelledby="act-for">
      <h2 id="act-for">Whom do you act for now?</h2>
      <ul class="act-for">
        {plans.map(({ id, person }) => (
          <li key={id}>
            <a class="button button--plain" href={`/person/plans/${id}`}>
              <bdi>{person.name}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
