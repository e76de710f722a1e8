import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PlanSession } from '../sync';

/** The session of the plan that stands open, for whatever fills in a field of it. */
export const SessionContext = createContext<PlanSession | undefined>(undefined);

/** The session of the plan that stands open. Only below its provider. */
export function useSession(): PlanSession {
  const session = useContext(SessionContext);
  if (!session) throw new Error('a field stands outside an open plan');
  return session;
}
