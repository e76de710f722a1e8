import type { Dispute } from '@coplan/care-plan/fields';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** What people disagree about in the part that is written. */
export const DisputesContext = createContext<Dispute[]>([]);

/** The disagreement at a path: `[field]`, `[list, item, field]`, or `[list, item]`. */
export function useDispute(path: readonly string[]): Dispute | undefined {
  const at = path.join('.');
  return useContext(DisputesContext).find((one) => one.path === at);
}
