import { PageShell } from '../shell/PageShell';
import { ClaimForm } from './ClaimForm';

/** Finds somebody who is not on one's list: by NHS number, for a reason, in sight of the person. */
export function FindPage() {
  return (
    <PageShell title="Find somebody">
      <main class="page page--form" id="main">
        <a class="nhsuk-back-link" href="/professional/">
          All plans
        </a>
        <h1>Someone you are caring for who is not listed</h1>
        <p>
          You can open the plan of a person whom you care for. You say why, and it stays open to you for 14
          days. The person sees that you opened it, and so does the privacy officer of your organisation, who
          looks at every reason.
        </p>
        <ClaimForm kind="asserted" />
      </main>
    </PageShell>
  );
}
