import type { NhsNumber } from '@coplan/care-plan/plan';
import { useEffect, useState } from 'preact/hooks';
import { parse, request, type Me, type Target } from './api';

/**
 * Opens the plan that the crew was sent to, with no search and nothing typed, and says for which job.
 *
 * ```tsx
 * const job = useLaunched(me, known, open);
 * ```
 *
 * `settled`: whose copies are on the device is known, so that one may stand in where there is no signal.
 */
export function useLaunched(
  me: Me | null | undefined,
  settled: boolean,
  open: (target: Target) => void,
): string | null {
  const [job, setJob] = useState<string | null>(null);
  const isLaunched = me?.onlyPlan !== undefined;
  const isOut = me === null;
  useEffect(() => {
    if (!settled || isOut) return;
    const sent = SENT_TO.exec(location.pathname);
    if (!sent && !isLaunched) return;
    // Once: whoever comes back to the list has left the plan.
    if (sent) history.replaceState(null, '', '/crew/');
    const plan = sent?.[1];
    if (plan) open({ plan });
    void askLaunch().then((launch) => {
      setJob(launch?.job ?? null);
      if (sent && !plan && launch?.person) open({ nhsNumber: launch.person.nhs_number });
    });
  }, [settled, isOut, isLaunched, open]);
  return job;
}

interface Launch {
  person: { nhs_number: NhsNumber } | null;
  job: string | null;
}

/** What the session was launched for; nothing if it was not, or the service did not say. */
async function askLaunch(): Promise<Launch | null> {
  try {
    const response = await request('/api/launch');
    return response.ok ? (parse(await response.text()) as Launch | null) : null;
  } catch {
    return null;
  }
}

const SENT_TO = /^\/crew\/(?:plans\/([\w-]+)|launched)\/?$/;
