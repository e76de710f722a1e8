/** What this device keeps of what the person writes. */
import { DeviceStore } from '@coplan/care-plan/device';
import { useMe } from './me';

let store: DeviceStore | undefined;

/** The store of whoever is signed in. */
export function deviceOf(user: string): DeviceStore {
  if (store?.user !== user) store = new DeviceStore(user);
  return store;
}

/** The store of whoever reads. Only below the app's root. */
export function useDevice(): DeviceStore {
  return deviceOf(useMe().user.id);
}
