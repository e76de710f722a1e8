import { DeviceStore } from '@coplan/care-plan/device';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { get, type Me, paths, Unreachable } from './api';

/** Who is signed in, and what this device keeps for them. */
export interface SignedIn {
  me: Me;
  device: DeviceStore;
}

export const SignedInContext = createContext<SignedIn | undefined>(undefined);

/** Who is signed in. Only below the app's root. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (!signedIn) throw new Error('a page stands outside the signed-in app');
  return signedIn;
}

export const useMe = (): Me => useSignedIn().me;
export const useDevice = (): DeviceStore => useSignedIn().device;

/**
 * Finds out who is signed in: from the server, or without a network from what the last user's device store kept.
 * Nothing if nobody is.
 */
export async function findSignedIn(): Promise<SignedIn | undefined> {
  try {
    const me = (await get(paths.me)) as Me;
    const device = new DeviceStore(me.user.id);
    await device.keep(paths.me, me);
    return { me, device };
  } catch (problem) {
    if (!(problem instanceof Unreachable)) return undefined;
    const user = DeviceStore.lastUser();
    if (!user) return undefined;
    const device = new DeviceStore(user);
    const kept = await device.kept<Me>(paths.me);
    return kept && { me: kept.body, device };
  }
}
