/**
 * What this device keeps, and how it is wiped.
 *
 * Two databases a user, named by the user's id, so that nobody who shares the device opens another's:
 * - `coplan-documents-<user>`: automerge-repo's own, the sections that were opened, with their history;
 * - `coplan-pages-<user>`: what the server last answered (who I am, plans, definitions), so that a page opens without
 *   a network; how far the hub has acknowledged each document; what it refused; and commands that wait for a connection.
 *
 * Both are emptied on signing out, unless changes wait here that the hub has not got; then the person decides.
 * What is held of a plan is deleted as soon as the server says that it may no longer be read, and `LEASE_DAYS` after the
 * server last confirmed that it may. What the user typed and the server never got is taken out before that, and kept for
 * `KEPT_WORDS_DAYS`: their own words, and nothing else of the plan.
 *
 * Beside them, in local storage because that is written at once even while a page is closing: changes of a section that
 * no database and no server had yet when the page went away. They are taken up when the section is next opened.
 *
 * The name of the last user alone stands outside, so that a page knows whose databases to open without a network.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { wordsEndAt } from './lease';

/** A server's answer as it was kept. */
export interface Kept<T> {
  body: T;
  keptAt: string;
}

/** One document's standing with the hub. Every document on this device has one, so that none is overlooked. */
export interface Standing {
  plan: string;
  section?: string;
  title?: string;
  /** Heads, in hex, that the hub is known to have stored; none before it has said anything. */
  acknowledged?: string[];
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

/** Words of somebody who lost access to a section before they were sent. */
export interface KeptWords {
  id: string;
  plan: string;
  /** The section's title; no content of it. */
  title: string;
  words: string;
  /** When access was lost, by this device's clock, RFC 3339. */
  at: string;
}

interface Pages extends DBSchema {
  answers: { key: string; value: Kept<unknown> };
  standings: { key: string; value: Standing };
  commands: { key: string; value: WaitingCommand };
  words: { key: string; value: KeptWords };
}

const LAST_USER = 'coplan-user';
const UNSTORED = 'coplan-unstored-';

const STORES = ['answers', 'standings', 'commands', 'words'] as const;
/** The address of one plan, among the addresses of what was answered. */
const PLAN_PATH = /^\/api\/plans\/([^/?]+)$/;
const ABOUT_PLAN = /^\/api\/plans\/([^/?]+)/;

export const documentsDatabase = (user: string): string => `coplan-documents-${user}`;
const pagesDatabase = (user: string): string => `coplan-pages-${user}`;

/** What one user's pages keep on this device. */
export class DeviceStore {
  readonly user: string;
  readonly #database: Promise<IDBPDatabase<Pages>>;
  /** Plans that were let go of: an answer that was on its way then is not kept. */
  readonly #gone = new Set<string>();

  constructor(user: string) {
    this.user = user;
    localStorage.setItem(LAST_USER, user);
    this.#database = openDB<Pages>(pagesDatabase(user), 3, {
      upgrade(database, from) {
        if (from < 1) {
          database.createObjectStore('answers');
          database.createObjectStore('standings');
        }
        if (from < 2) database.createObjectStore('commands');
        database.createObjectStore('words');
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
    const plan = ABOUT_PLAN.exec(path)?.[1] ?? '';
    if (PLAN_PATH.test(path)) this.#gone.delete(plan);
    if (this.#gone.has(plan)) return;
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

  /** The documents of a plan that are on this device, by their addresses. */
  async standingsOf(plan: string): Promise<Map<string, Standing>> {
    const database = await this.#database;
    const found = new Map<string, Standing>();
    for (const url of await database.getAllKeys('standings')) {
      const standing = await database.get('standings', url);
      if (standing?.plan === plan) found.set(url, standing);
    }
    return found;
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

  /** Words that could not be sent before access was lost, newest first; those that are too old are deleted. */
  async words(now: number): Promise<KeptWords[]> {
    const database = await this.#database;
    const all = await database.getAll('words');
    const isOver = ({ at }: KeptWords) => !(Date.parse(wordsEndAt(at)) > now);
    await Promise.all(all.filter(isOver).map(({ id }) => database.delete('words', id)));
    return all.filter((one) => !isOver(one)).sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  async keepWords(words: KeptWords): Promise<void> {
    await (await this.#database).put('words', words, words.id);
  }

  async forgetWords(id: string): Promise<void> {
    await (await this.#database).delete('words', id);
  }

  /** Plans of which this device holds something, and when the server last confirmed each. */
  async heldPlans(): Promise<Map<string, string>> {
    const database = await this.#database;
    const held = new Map<string, string>();
    for (const { plan } of await database.getAll('standings')) held.set(plan, '');
    for (const path of await database.getAllKeys('answers')) {
      const plan = PLAN_PATH.exec(path)?.[1];
      const kept = plan && (await database.get('answers', path));
      if (plan && kept) held.set(plan, kept.keptAt);
    }
    return held;
  }

  /** Deletes the copy of one document, with how far the hub had it. */
  async forgetDocument(url: string): Promise<void> {
    this.forgetUnstored(url);
    await (await this.#database).delete('standings', url);
    await this.#forgetStored([url]);
  }

  /** Deletes everything that this device holds of a plan. The words that were taken out before stay. */
  async forgetPlan(plan: string): Promise<void> {
    const database = await this.#database;
    this.#gone.add(plan);
    const own = [...(await this.standingsOf(plan)).keys()];
    for (const url of own) {
      this.forgetUnstored(url);
      await database.delete('standings', url);
    }
    await this.#forgetStored(own);
    for (const path of await database.getAllKeys('answers'))
      if (path.startsWith(`/api/plans/${plan}/`) || path === `/api/plans/${plan}`)
        await database.delete('answers', path);
    for (const command of await this.commands(plan)) await this.forgetCommand(command);
    await this.#unlist(plan);
  }

  /** Takes a plan out of the lists that were kept. */
  async #unlist(plan: string): Promise<void> {
    const database = await this.#database;
    for (const path of await database.getAllKeys('answers')) {
      const kept = path.startsWith('/api/plans?') ? await database.get('answers', path) : undefined;
      if (!Array.isArray(kept?.body)) continue;
      const body = kept.body.filter((one: { id?: unknown }) => one.id !== plan);
      await database.put('answers', { ...kept, body }, path);
    }
  }

  /** Deletes documents, with their history and how far each peer had them. */
  async #forgetStored(urls: string[]): Promise<void> {
    if (urls.length === 0) return;
    const documents = await this.#documents();
    for (const url of urls) {
      const id = url.replace(/^automerge:/, '');
      // Keys are lists that begin with the document's id; nothing sorts behind an empty list in their place.
      await documents.delete('documents', IDBKeyRange.bound([id], [id, []]));
    }
    documents.close();
  }

  #documents(): Promise<IDBPDatabase> {
    return openDB(documentsDatabase(this.user), 1, {
      upgrade: (database) => void database.createObjectStore('documents'),
    });
  }

  /** Empties everything of this user. Emptied, not deleted: another tab may hold the databases open. */
  async wipe(): Promise<void> {
    const pages = await this.#database;
    await Promise.all(STORES.map((store) => pages.clear(store)));
    const documents = await this.#documents();
    await documents.clear('documents');
    documents.close();
    const left = Object.keys(localStorage).filter((key) => key.startsWith(`${UNSTORED}${this.user}-`));
    for (const key of [...left, LAST_USER]) localStorage.removeItem(key);
  }
}
