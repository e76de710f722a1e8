import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Me } from './api';

export const MeContext = createContext<Me | undefined>(undefined);

/** Who reads. Only below the app's root. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error('a page stands outside the signed-in app');
  return me;
}
