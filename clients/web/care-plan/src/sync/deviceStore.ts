/**
 * What this device keeps, and how it is wiped.
 *
 * Two databases a user, named by the user's id, so that nobody who shares the device opens another's:
 * - `coplan-documents-<user>`: automerge-repo's own, the sections that were opened, with their history;
 * - `coplan-pages-<user>`: what the server last answered (who I am, plans, definitions), so that a page opens without
 *   a network; how far the hub has acknowledged each document; what it refused; and commands that wait for a connection.
 *
 * Both are emptied on signing out, unless changes wait here that the hub has not got; then the person decides.
 * Beside them, in local storage because that is written at once even while a page is closing: changes of a section that
 * no database and no server had yet when the page went away. They are taken up when the section is next opened.
 *
 * The name of the last user alone stands outside, so that a page knows whose databases to open without a network.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** A server's answer as it was kept. */
export interface Kept<T> {
  body: T;
  keptAt: string;
}

/** One document's standing with the hub. */
export interface Standing {
  plan: string;
  /** Heads, in hex, that the hub is known to have stored. */
  acknowledged: string[];
  /** How many changes of this device the hub has not acknowledged. */
  waiting: number;
  /** Why the hub refused a change, if it did. */
  refused?: { code: string; reason: string };
}

/** A command that is not in force yet: it was given without a connection, and waits for one. */
export interface WaitingCommand {
  /** The id that its maker gave it; the server carries out one id once. */
  id: string;
  plan: string;
  /** The path of the interface that takes it. */
  path: string;
  body: Record<string, unknown>;
  /** By this device's clock, RFC 3339. */
  madeAt: string;
  /** Why the server did not take it, if it did not. */
  refused?: { code: string; detail: string };
}

interface Pages extends DBSchema {
  answers: { key: string; value: Kept<unknown> };
  standings: { key: string; value: Standing };
  commands: { key: string; value: WaitingCommand };
}

const LAST_USER = 'coplan-user';
const UNSTORED = 'coplan-unstored-';

export const documentsDatabase = (user: string): string => `coplan-documents-${user}`;
const pagesDatabase = (user: string): string => `coplan-pages-${user}`;

/** What one user's pages keep on this device. */
export class DeviceStore {
  readonly user: string;
  readonly #database: Promise<IDBPDatabase<Pages>>;

  constructor(user: string) {
    this.user = user;
    localStorage.setItem(LAST_USER, user);
    this.#database = openDB<Pages>(pagesDatabase(user), 2, {
      upgrade(database, from) {
        if (from < 1) {
          database.createObjectStore('answers');
          database.createObjectStore('standings');
        }
        database.createObjectStore('commands');
      },
      // Another tab brings a newer layout: make way, or it waits for ever.
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    });
  }

  /** Who was signed in here last; for opening a page without a network. */
  static lastUser(): string | null {
    return localStorage.getItem(LAST_USER);
  }

  async keep(path: string, body: unknown): Promise<void> {
    await (await this.#database).put('answers', { body, keptAt: new Date().toISOString() }, path);
  }

  async kept<T>(path: string): Promise<Kept<T> | undefined> {
    return (await (await this.#database).get('answers', path)) as Kept<T> | undefined;
  }

  async standing(url: string): Promise<Standing | undefined> {
    return (await this.#database).get('standings', url);
  }

  async setStanding(url: string, standing: Standing): Promise<void> {
    await (await this.#database).put('standings', standing, url);
  }

  /** How many changes and commands wait on this device, by plan. */
  async waiting(): Promise<Map<string, number>> {
    const database = await this.#database;
    const counts = new Map<string, number>();
    const add = (plan: string, count: number) => counts.set(plan, (counts.get(plan) ?? 0) + count);
    for (const { plan, waiting } of await database.getAll('standings')) if (waiting > 0) add(plan, waiting);
    for (const { plan } of await database.getAll('commands')) add(plan, 1);
    return counts;
  }

  /** Commands about a plan that wait for a connection, oldest first. */
  async commands(plan: string): Promise<WaitingCommand[]> {
    const all = await (await this.#database).getAll('commands');
    return all.filter((command) => command.plan === plan).sort((a, b) => (a.madeAt < b.madeAt ? -1 : 1));
  }

  async keepCommand(command: WaitingCommand): Promise<void> {
    await (await this.#database).put('commands', command, `${command.id} ${String(command.body.command)}`);
  }

  async forgetCommand(command: WaitingCommand): Promise<void> {
    await (await this.#database).delete('commands', `${command.id} ${String(command.body.command)}`);
  }

  /** Leaves changes of a document where they outlive a page that is closing right now. */
  leaveUnstored(url: string, changes: Uint8Array): void {
    try {
      localStorage.setItem(
        this.#unstoredKey(url),
        btoa(Array.from(changes, (byte) => String.fromCharCode(byte)).join('')),
      );
    } catch {
      // Full: the database's own copy, a hundredth of a second older, has to do.
    }
  }

  /** What a page left behind when it closed. */
  unstored(url: string): Uint8Array | undefined {
    const left = localStorage.getItem(this.#unstoredKey(url));
    return left === null ? undefined : Uint8Array.from(atob(left), (character) => character.charCodeAt(0));
  }

  forgetUnstored(url: string): void {
    localStorage.removeItem(this.#unstoredKey(url));
  }

  #unstoredKey(url: string): string {
    return `${UNSTORED}${this.user}-${url}`;
  }

  /** Empties everything of this user. Emptied, not deleted: another tab may hold the databases open. */
  async wipe(): Promise<void> {
    const pages = await this.#database;
    await Promise.all([pages.clear('answers'), pages.clear('standings'), pages.clear('commands')]);
    const documents = await openDB(documentsDatabase(this.user), 1, {
      upgrade: (database) => void database.createObjectStore('documents'),
    });
    await documents.clear('documents');
    documents.close();
    const left = Object.keys(localStorage).filter((key) => key.startsWith(`${UNSTORED}${this.user}-`));
    for (const key of [...left, LAST_USER]) localStorage.removeItem(key);
  }
}
