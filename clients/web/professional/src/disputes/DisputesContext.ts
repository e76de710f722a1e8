import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Dispute } from '@coplan/care-plan/fields';

/** What stands disputed in the section that the page shows. */
export const DisputesContext = createContext<Dispute[]>([]);

/** The dispute at a path: `[field]`, `[list, item, field]`, or `[list, item]`. */
export function useDispute(path: readonly string[]): Dispute | undefined {
  const at = path.join('.');
  return useContext(DisputesContext).find((one) => one.path === at);
}
