import { formatDate, formatNhsNumber } from '@coplan/care-plan/plan';
import { useEffect, useState } from 'preact/hooks';
import type { Launch } from '../access/useHost';
import { paths, Problem, startPlan } from '../api';
import { useAsked } from '../history/useAsked';
import { PageShell } from '../shell/PageShell';
import { faultWords } from '../useDoing';

/** Opened from another record, about a person who has no plan yet: offers to start one. */
export function LaunchedPage() {
  const { body, problem } = useAsked<Launch>(paths.launch);
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const plan = body?.plan;
  useEffect(() => {
    if (plan) open(plan);
  }, [plan]);
  const start = async (nhsNumber: string) => {
    setBusy(true);
    try {
      open((await startPlan(nhsNumber)).id);
    } catch (why) {
      const existing = why instanceof Problem && why.code === 'plan-exists' ? why.body.plan : undefined;
      if (typeof existing === 'string') return open(existing);
      setFault(faultWords(why));
    } finally {
      setBusy(false);
    }
  };
  const person = body?.person;
  return (
    <PageShell title="Opened from another record">
      <main class="page page--form" id="main">
        {!body && (
          <p role="status">
            {problem ? 'This page is opened from another record. Open it there again.' : 'Opening…'}
          </p>
        )}
        {body && !plan && (
          <>
            <h1>There is no plan to open</h1>
            {person && (
              <p>
                You came from {body.host}, with{' '}
                <strong>
                  <bdi>{person.name}</bdi>
                </strong>
                , born {formatDate(person.born)}, NHS number {formatNhsNumber(person.nhs_number)}.
              </p>
            )}
            {!person && <p>You came from {body.host}, without a person.</p>}
            {fault && (
              <div class="nhsuk-error-summary" role="alert">
                <p>{fault}</p>
              </div>
            )}
            {person && body.may_begin && (
              <>
                <p>Nobody has started a plan for this person that you can open. You can start one.</p>
                <button
                  class="nhsuk-button"
                  type="button"
                  aria-disabled={busy}
                  onClick={() => !busy && void start(person.nhs_number)}
                >
                  Start a plan
                </button>
              </>
            )}
            {person && !body.may_begin && (
              <p>Your role does not start plans. Ask somebody who cares for the person.</p>
            )}
          </>
        )}
      </main>
    </PageShell>
  );
}

/** As a new page: the session is about this one plan from now on, and everything that knows it has to be asked again. */
const open = (plan: string): void => window.location.replace(`/professional/plans/${plan}`);
