import type { NhsNumber } from '@coplan/care-plan/plan';
import { useEffect } from 'preact/hooks';
import type { Me } from './api';

/**
 * Opens the page of the person whose record was open where the crew came from: no search, nothing typed.
 *
 * ```tsx
 * useLaunched(me, open);
 * ```
 */
export function useLaunched(me: Me | null | undefined, open: (nhsNumber: NhsNumber) => void) {
  const user = me?.id;
  useEffect(() => {
    if (!user || !LAUNCHED_AT.test(location.pathname)) return;
    // Once: whoever comes back to the list has left the plan.
    history.replaceState(null, '', '/crew/');
    void askLaunched().then((number) => number && open(number));
  }, [user, open]);
}

/** The NHS number of whoever the session was launched for. */
async function askLaunched(): Promise<NhsNumber | undefined> {
  try {
    const response = await fetch('/api/launch', { cache: 'no-store' });
    if (!response.ok) return undefined;
    const body = (await response.json()) as { person: { nhs_number: NhsNumber } | null };
    return body.person?.nhs_number;
  } catch {
    return undefined;
  }
}

const LAUNCHED_AT = /^\/crew\/(plans\/|launched$)/;
