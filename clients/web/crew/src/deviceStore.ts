/**
 * Everything that the crew app keeps on the device. The whole of it; no other file writes to the device.
 *
 * | what | why | how long |
 * |---|---|---|
 * | at most 20 published plans that this crew opened | to read again where there is no signal | 24 hours from the last time the service confirmed it, then deleted when the app is next opened or looks for a plan |
 * | the key they are encrypted with (AES-GCM, not extractable) | so that deleting one small thing deletes them all | until sign-out |
 * | the id of the signed-in user | another user who signs in finds nothing | until sign-out |
 * | the choice of a light or dark page | – | until changed; it says nothing about anybody |
 *
 * Sign-out, a session that has ended, or another user: all plans and the key are deleted. A plan that the service no
 * longer shows to this crew is deleted as soon as it says so. Turning the device's clock back makes a copy void.
 * Nothing stands in clear: whose plans are kept cannot be read from the names of the entries either.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { PublishedView } from '@coplan/care-plan/plan';
import type { Clock } from './clock';

/** A published plan as it was last confirmed by the service. */
export interface SavedCopy {
  view: PublishedView;
  /** When the service last confirmed it, in the service's time. */
  checkedAtMs: number;
  clock: Clock;
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

interface CrewDatabase extends DBSchema {
  copies: { key: string; value: Sealed };
  device: { key: 'key' | 'owner'; value: CryptoKey | string };
}

let opened: Promise<IDBPDatabase<CrewDatabase>> | undefined;

/** Keeps a copy, in place of an older one of the same person. Without storage or cryptography, keeps nothing. */
export async function keepCopy(copy: SavedCopy): Promise<void> {
  await attempt(async (database) => {
    const entries = await unseal(database);
    const key = await keyOf(database);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, encode(copy));
    const old = entries
      .filter((entry) => isOf(entry.copy, copy.view.person.nhs_number))
      .map((entry) => entry.id);
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

/** The copy of that person's plan, while its lease runs. */
export async function savedCopy(nhsNumber: string): Promise<SavedCopy | null> {
  return (await savedCopies()).find((copy) => isOf(copy, nhsNumber)) ?? null;
}

/** All copies whose lease runs, the newest first. Deletes the others. */
export async function savedCopies(): Promise<SavedCopy[]> {
  return (await attempt(async (database) => (await unseal(database)).map((entry) => entry.copy))) ?? [];
}

/** Deletes the copy of that person's plan. */
export async function forgetCopy(nhsNumber: string): Promise<void> {
  await attempt(async (database) => {
    const entries = (await unseal(database)).filter((entry) => isOf(entry.copy, nhsNumber));
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

/** What can be read and may still be shown, the newest first; everything else is deleted on the way. */
async function unseal(database: IDBPDatabase<CrewDatabase>): Promise<Entry[]> {
  const [ids, sealed, key] = await Promise.all([
    database.getAllKeys('copies'),
    database.getAll('copies'),
    keyOf(database),
  ]);
  const now = Date.now();
  const found: (Entry & { keptAtMs: number })[] = [];
  for (const [index, id] of ids.entries()) {
    const entry = sealed[index];
    const copy = entry && leaseRuns(entry, now) ? await openSealed(entry, key) : null;
    if (entry && copy) found.push({ id, copy, keptAtMs: entry.keptAtMs });
    else await database.delete('copies', id);
  }
  return found.sort((a, b) => b.keptAtMs - a.keptAtMs);
}

function leaseRuns({ keptAtMs }: Sealed, now: number): boolean {
  return now - keptAtMs < LEASE_MS && keptAtMs - now < CLOCK_SET_BACK_MS;
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

function isOf(copy: SavedCopy, nhsNumber: string): boolean {
  return copy.view.person.nhs_number === nhsNumber;
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
