import { useOpenPlan } from '../openPlan';

const WORDS: Record<string, string> = {
  'care-team': 'Your organisation looks after this person.',
  member: 'You are named for this person.',
  asserted: 'You said that you care for this person.',
  launched: 'You came from another record.',
  'break-glass': 'You broke the glass.',
};

/** How one came to the plan, and the ways to who else does. */
export function AccessCard() {
  const { plan } = useOpenPlan();
  const words = WORDS[plan.connection ?? ''];
  const base = `/professional/plans/${plan.id}`;
  return (
    <section class="context-card" aria-labelledby="access-heading">
      <h2 class="nhsuk-heading-s" id="access-heading">
        Who may see this plan
      </h2>
      {words && <p>{words}</p>}
      <ul class="links">
        <li>
          <a href={`${base}/team`}>Team</a>
        </li>
        <li>
          <a href={`${base}/sharing`}>Sharing</a>
        </li>
        <li>
          <a href={`${base}/opened`}>Who has opened it</a>
        </li>
      </ul>
    </section>
  );
}
