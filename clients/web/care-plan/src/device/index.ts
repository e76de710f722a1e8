/** The device's door: what this device holds, how long, and how it is let go of. No Automerge, no markup, no network. */
export {
  DeviceStore,
  documentsDatabase,
  type KeptWords,
  type Standing,
  type WaitingCommand,
} from './deviceStore';
export { type Lease, LEASE_DAYS, leaseOf, wordsEndAt } from './lease';
