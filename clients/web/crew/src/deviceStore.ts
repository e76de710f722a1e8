/**
 * Everything that the crew app keeps on the device. The whole of it; no other file writes to the device.
 *
 * | what | why | how long |
 * |---|---|---|
 * | at most 20 published plans that this crew opened | to read again where there is no signal | 24 hours from the last time the service confirmed it, or as long as an emergency opened it; then deleted when the app is next opened or looks for a plan, and from the screen |
 * | the key they are encrypted with (AES-GCM, not extractable) | so that deleting one small thing deletes them all | until sign-out |
 * | the id of the signed-in user | another user who signs in finds nothing | until sign-out |
 * | the latest time that the service or the device told | turning the device's clock back makes no copy last longer | until sign-out |
 * | the choice of a light or dark page | – | until changed; it says nothing about anybody |
 *
 * Sign-out, a session that has ended, or another user: all plans and the key are deleted. A plan that the service no
 * longer shows to this crew is deleted as soon as it says so. Turning the device's clock back makes a copy void.
 * Nothing stands in clear: whose plans are kept cannot be read from the names of the entries either.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { PublishedView } from '@coplan/care-plan/plan';
import { isOfTarget, type Target } from './api';
import { serviceNowMs, type Clock } from './clock';

/** A published plan as it was last confirmed by the service. */
export interface SavedCopy {
  view: PublishedView;
  /** When the service last confirmed it, in the service's time. */
  checkedAtMs: number;
  clock: Clock;
  /** When the right to read it ends by itself, if it does (RFC 3339). */
  until?: string;
}

/** What the device holds that may still be shown, the newest first. */
export interface SavedCopies {
  copies: SavedCopy[];
  /** How many it has just deleted because their time was over. */
  lapsed: number;
}

/** How the page chooses between light and dark. */
export type ThemeChoice = 'auto' | 'dark' | 'light';

/** How long a copy may be shown after the service last confirmed it. */
export const LEASE_MS = 24 * 60 * 60 * 1000;
/** Copies kept; the oldest goes first. */
export const COPIES_MAX = 20;
/** A copy kept this much later than now was kept under another clock. */
const CLOCK_SET_BACK_MS = 5 * 60 * 1000;
const DATABASE = 'coplan-crew';
const THEME = 'coplan-theme';

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
  /** The device's time, which alone is at hand without a signal. */
  keptAtMs: number;
}

/** The latest time that was told, in the service's time, and how far the device's clock stands from it. */
interface Mark extends Clock {
  serviceMs: number;
}

interface CrewDatabase extends DBSchema {
  copies: { key: string; value: Sealed };
  device: { key: 'key' | 'owner' | 'clock'; value: CryptoKey | string | Mark };
}

let opened: Promise<IDBPDatabase<CrewDatabase>> | undefined;

/** Keeps a copy, in place of an older one of the same person. Without storage or cryptography, keeps nothing. */
export async function keepCopy(copy: SavedCopy): Promise<void> {
  await attempt(async (database) => {
    // The service's own word sets the time, also back, after a device that believed it to be later.
    await database.put('device', { serviceMs: copy.checkedAtMs, ...copy.clock }, 'clock');
    const { entries } = await unseal(database);
    const key = await keyOf(database);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, encode(copy));
    const old = entries.filter((entry) => isSamePerson(entry.copy, copy)).map((entry) => entry.id);
    const others = entries.filter((entry) => !old.includes(entry.id)).map((entry) => entry.id);
    const transaction = database.transaction('copies', 'readwrite');
    const gone = [...old, ...others.slice(COPIES_MAX - 1)].map((id) => transaction.store.delete(id));
    await Promise.all([
      ...gone,
      transaction.store.put({ iv, bytes, keptAtMs: Date.now() }, crypto.randomUUID()),
    ]);
    await transaction.done;
  });
}

/** The copy of that plan, while its lease runs; `lapsed` if it was there and has just been deleted. */
export async function savedCopy(target: Target): Promise<SavedCopy | 'lapsed' | null> {
  const found = await attempt(unseal);
  const copy = found?.entries.find((entry) => isOfTarget(entry.copy.view, target))?.copy;
  if (copy) return copy;
  return found?.lapsed.some(({ view }) => isOfTarget(view, target)) ? 'lapsed' : null;
}

/** All copies whose lease runs, the newest first. Deletes the others. */
export async function savedCopies(): Promise<SavedCopies> {
  const found = await attempt(unseal);
  return { copies: found?.entries.map(({ copy }) => copy) ?? [], lapsed: found?.lapsed.length ?? 0 };
}

/** Whether what is on the screen may no longer be shown without a word of the service. */
export async function isLapsed(copy: SavedCopy): Promise<boolean> {
  const now = (await attempt(latestMs)) ?? serviceNowMs(copy.clock, Date.now());
  return !mayBeShown(copy, now);
}

/** Deletes the copy of that plan. */
export async function forgetCopy(target: Target): Promise<void> {
  await attempt(async (database) => {
    const entries = (await unseal(database)).entries.filter(({ copy }) => isOfTarget(copy.view, target));
    await Promise.all(entries.map((entry) => database.delete('copies', entry.id)));
  });
}

/** Deletes every plan, and the key without which none could be read. */
export async function forgetEverything(): Promise<void> {
  await attempt(async (database) => {
    const transaction = database.transaction(['copies', 'device'], 'readwrite');
    await Promise.all([
      transaction.objectStore('copies').clear(),
      transaction.objectStore('device').clear(),
      transaction.done,
    ]);
  });
}

/** Says whose device it is now; what another user left is deleted. */
export async function belongTo(user: string): Promise<void> {
  const owner = await attempt((database) => database.get('device', 'owner'));
  if (owner === user) return;
  if (owner !== undefined) await forgetEverything();
  await attempt((database) => database.put('device', user, 'owner'));
}

/** The choice of a light or dark page. */
export function themeChoice(): ThemeChoice {
  try {
    const choice = localStorage.getItem(THEME);
    return choice === 'dark' || choice === 'light' ? choice : 'auto';
  } catch {
    return 'auto';
  }
}

/** Keeps the choice of a light or dark page. */
export function keepThemeChoice(choice: ThemeChoice): void {
  try {
    localStorage.setItem(THEME, choice);
  } catch {
    // A device that keeps nothing still shows the page.
  }
}

interface Entry {
  id: string;
  copy: SavedCopy;
}

interface Unsealed {
  /** What can be read and may still be shown, the newest first. */
  entries: Entry[];
  /** What could be read and has just been deleted. */
  lapsed: SavedCopy[];
}

/** Reads everything, and deletes on the way what may no longer be shown. */
async function unseal(database: IDBPDatabase<CrewDatabase>): Promise<Unsealed> {
  const [ids, sealed, key, latest] = await Promise.all([
    database.getAllKeys('copies'),
    database.getAll('copies'),
    keyOf(database),
    latestMs(database),
  ]);
  const now = Date.now();
  const found: (Entry & { keptAtMs: number })[] = [];
  const lapsed: SavedCopy[] = [];
  for (const [index, id] of ids.entries()) {
    const entry = sealed[index];
    const copy = entry ? await openSealed(entry, key) : null;
    if (entry && copy && leaseRuns(entry, now) && mayBeShown(copy, latest ?? serviceNowMs(copy.clock, now))) {
      found.push({ id, copy, keptAtMs: entry.keptAtMs });
      continue;
    }
    if (copy) lapsed.push(copy);
    await database.delete('copies', id);
  }
  return { entries: found.sort((a, b) => b.keptAtMs - a.keptAtMs), lapsed };
}

/** By the device's clock alone. */
function leaseRuns({ keptAtMs }: Sealed, now: number): boolean {
  return now - keptAtMs < LEASE_MS && keptAtMs - now < CLOCK_SET_BACK_MS;
}

/** By the latest time that was told. */
function mayBeShown({ checkedAtMs, until }: SavedCopy, latest: number): boolean {
  return latest - checkedAtMs < LEASE_MS && (until === undefined || latest < Date.parse(until));
}

/**
 * The service's time as far as it is known; the latest is kept. A device that was turned back has no time to go by: with
 * it nothing may be shown before the service has been asked.
 */
async function latestMs(database: IDBPDatabase<CrewDatabase>): Promise<number | undefined> {
  const known = await database.get('device', 'clock');
  if (typeof known !== 'object' || !('serviceMs' in known)) return undefined;
  const now = serviceNowMs(known, Date.now());
  if (known.serviceMs - now > CLOCK_SET_BACK_MS) return Infinity;
  if (now > known.serviceMs) await database.put('device', { ...known, serviceMs: now }, 'clock');
  return Math.max(now, known.serviceMs);
}

async function openSealed({ iv, bytes }: Sealed, key: CryptoKey): Promise<SavedCopy | null> {
  try {
    const clear = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes);
    return JSON.parse(new TextDecoder().decode(clear)) as SavedCopy;
  } catch {
    return null;
  }
}

async function keyOf(database: IDBPDatabase<CrewDatabase>): Promise<CryptoKey> {
  const kept = await database.get('device', 'key');
  if (kept instanceof CryptoKey) return kept;
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  await database.put('device', key, 'key');
  return key;
}

function isSamePerson(one: SavedCopy, other: SavedCopy): boolean {
  return one.view.person.nhs_number === other.view.person.nhs_number;
}

function encode(copy: SavedCopy): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(copy));
}

/** Reading a plan never depends on the device being able to keep one: a failing store is an empty one. */
async function attempt<T>(
  work: (database: IDBPDatabase<CrewDatabase>) => Promise<T>,
): Promise<T | undefined> {
  try {
    opened ??= openDB<CrewDatabase>(DATABASE, 1, {
      upgrade(database) {
        database.createObjectStore('copies');
        database.createObjectStore('device');
      },
    });
    return await work(await opened);
  } catch {
    opened = undefined;
    return undefined;
  }
}
