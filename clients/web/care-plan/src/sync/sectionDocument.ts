import * as A from '@automerge/automerge/slim';
import {
  type AutomergeUrl,
  decodeHeads,
  type DocHandle,
  type DocHandleChangePayload,
  type DocHandleEphemeralMessagePayload,
  type DocumentId,
  type Repo,
} from '@automerge/automerge-repo/slim';
import type { Connection } from './connection';
import type { DeviceStore, Standing } from '../device';
import type { SectionContent } from './editing';
import { Observable } from './observable';
import { type Announcement, readAnnouncement } from './presence';
import { type DocumentStorage, type OpenRepo, takeOut } from './repo';
import { unsentWords, type UnsentWords } from './unsent';
import { countWaiting } from './waiting';

/** One section's document as a page sees it. */
export interface SectionState {
  /** `unavailable`: the hub does not give it, or it is not on this device and there is no network. */
  phase: 'loading' | 'ready' | 'unavailable';
  content: A.Doc<SectionContent> | undefined;
  /** Heads of `content`, in hex, sorted. */
  heads: string[];
  /** Changes made on this device that the hub has not acknowledged as stored, as people count them. */
  waiting: number;
  /** The hub refused a change of this device: nothing typed since then reaches it. */
  refused: { code: string; reason: string } | undefined;
}

/** How long after a change the device's record of it may lag, so that typing does not write at each key. */
const STANDING_DEBOUNCE_MS = 250;

/**
 * One section's document: its content, what of it the hub has stored, and whether the hub refused it.
 *
 * INVARIANT: a page opens one of these at a time for a document, or the device's record of it is written by two who know
 * different things of it. That of a plan that was closed goes on recording what the hub acknowledges; nobody gives anything
 * up by it.
 *
 * INVARIANT: `waiting` is 0 only if every change in `content` is an ancestor of heads that the hub itself has reported.
 */
export class SectionDocument {
  readonly plan: string;
  readonly section: string;
  readonly title: string;
  readonly url: AutomergeUrl;
  readonly writable: boolean;
  readonly state: Observable<SectionState>;
  /** Called with what other people at this document say of themselves. */
  onAnnouncement: (peer: string, announcement: Announcement) => void = () => {};
  readonly #repo: Repo;
  readonly #connection: Connection;
  readonly #storage: DocumentStorage;
  readonly #device: DeviceStore;
  readonly #changeListeners = new Set<(patches: A.Patch[]) => void>();
  #handle: DocHandle<SectionContent> | undefined;
  #acknowledged: string[] | undefined;
  #refused: SectionState['refused'];
  #tookUp = false;
  #isForgotten = false;
  /** What was left behind has been taken up, and may go once the hub has it. */
  #leftToForget = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    place: { plan: string; section: string; title: string; url: string; writable: boolean },
    { repo, connection, storage, device }: OpenRepo & { device: DeviceStore },
  ) {
    this.plan = place.plan;
    this.section = place.section;
    this.title = place.title;
    this.url = place.url as AutomergeUrl;
    this.writable = place.writable;
    this.#repo = repo;
    this.#connection = connection;
    this.#storage = storage;
    this.#device = device;
    this.state = new Observable<SectionState>({
      phase: 'loading',
      content: undefined,
      heads: [],
      waiting: 0,
      refused: undefined,
    });
  }

  /** Reads what the device knows of the document, then finds it: here first, then at the hub. */
  async open(): Promise<void> {
    const standing = await this.#device.standing(this.url);
    this.#acknowledged = standing?.acknowledged;
    this.#refused = standing?.refused;
    if (!standing) await this.#device.setStanding(this.url, this.#standing(0));
    if (standing)
      this.state.set({ ...this.state.value, waiting: standing.waiting, refused: standing.refused });
    if (this.#isForgotten) return this.#device.forgetDocument(this.url);
    this.#find();
  }

  /** Makes one change. The section must be ready and writable. */
  change(edit: (content: SectionContent) => void): void {
    this.#handle?.change(edit);
  }

  /** Listens to every change, by whomever, with its patches. */
  onChange(listener: (patches: A.Patch[]) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Tells the others where I am. */
  announce(announcement: Announcement): void {
    if (this.#handle?.isReady() && this.#connection.state.value === 'online')
      this.#handle.broadcast(announcement);
  }

  /** The content at heads in hex, if this device has them. */
  at(heads: string[]): A.Doc<SectionContent> | undefined {
    const { content } = this.state.value;
    return content && A.hasHeads(content, heads) ? A.view(content, heads) : undefined;
  }

  /** The content as the hub has it, as far as this device knows. */
  asAcknowledged(): A.Doc<SectionContent> | undefined {
    return this.#acknowledged && this.at(this.#acknowledged);
  }

  /** What was typed here and never reached the hub, without anybody else's words. */
  unsent(): UnsentWords[] {
    const { content, waiting } = this.state.value;
    const known = content && waiting > 0 && this.#acknowledged && A.hasHeads(content, this.#acknowledged);
    return known && this.#acknowledged ? unsentWords(content, this.#acknowledged) : [];
  }

  /** Deletes the document from this device. It is not opened again by this object. */
  async forget(): Promise<void> {
    this.#isForgotten = true;
    clearTimeout(this.#timer);
    this.#handle = undefined;
    this.state.set({ phase: 'unavailable', content: undefined, heads: [], waiting: 0, refused: undefined });
    this.#storage.letGo(documentIdOf(this.url));
    // All in one: a page that is closed in the middle must not leave how far the hub had it without the document.
    await this.#device.forgetDocument(this.url);
    await takeOut(this.#repo, documentIdOf(this.url));
  }

  /** When the newest change was made, by the clock of the device that made it. */
  lastChangedAt(): Date | undefined {
    const { content } = this.state.value;
    if (!content) return undefined;
    const times = A.getHeads(content).map((head) => A.inspectChange(content, head)?.time ?? 0);
    const newest = Math.max(0, ...times);
    return newest > 0 ? new Date(newest * 1000) : undefined;
  }

  /**
   * Gives up what the hub refused: deletes the copy on this device, and takes the hub's. Until the copy is gone its changes
   * still wait, and a page that is closed meanwhile finds the refusal again.
   */
  async useTeamsVersion(): Promise<void> {
    const documentId = documentIdOf(this.url);
    const given = { phase: 'loading' as const, content: undefined, heads: [], refused: undefined };
    // What is still to be written of the copy must not bring it back.
    this.#storage.letGo(documentId);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#handle = undefined;
    this.#refused = undefined;
    this.state.set({ ...given, waiting: Math.max(1, this.state.value.waiting) });
    this.#device.forgetUnstored(this.url);
    await takeOut(this.#repo, documentId);
    // `delete` does not say when the device's copy is gone, and a copy that is still there would be found again.
    await this.#repo.storageSubsystem?.removeDoc(documentId);
    await this.#storage.settled();
    this.#acknowledged = undefined;
    await this.#device.setStanding(this.url, { ...this.#standing(0), acknowledged: [] });
    this.state.set({ ...given, waiting: 0 });
    this.#find();
  }

  #find(): void {
    this.#storage.takeUp(documentIdOf(this.url));
    const { handle } = this.#repo.findWithProgress<SectionContent>(this.url);
    if (this.#handle === handle) return;
    this.#handle = handle;
    handle.on('heads-changed', () => this.#refresh());
    handle.on('remote-heads', () => this.#refresh());
    handle.on('change', ({ patches }: DocHandleChangePayload<SectionContent>) => {
      for (const listener of [...this.#changeListeners]) listener(patches);
    });
    handle.on('ephemeral-message', (payload) => this.#heard(payload));
    const settled = () => this.#refresh();
    handle.whenReady(['ready', 'unavailable']).then(settled, settled);
  }

  #refresh = (): void => {
    if (this.#isForgotten) return;
    const handle = this.#handle;
    if (!handle?.isReady()) {
      const lost = handle?.inState(['unavailable', 'deleted']);
      if (lost) this.state.set({ ...this.state.value, phase: 'unavailable' });
      return;
    }
    // The changes of a section may come in any order; without its first it is no section yet.
    if (!handle.doc().fields) return;
    this.#takeUpUnstored(handle);
    const content = handle.doc();
    this.#readAcknowledgement(handle, content);
    const heads = A.getHeads(content).sort();
    const waiting = this.writable ? this.#countWaiting(content) : 0;
    if (waiting === 0 && this.#leftToForget) {
      this.#leftToForget = false;
      this.#device.forgetUnstored(this.url);
    }
    this.state.set({ phase: 'ready', content, heads, waiting, refused: this.#refused });
    this.#rememberSoon();
  };

  /** Heads that the hub reports count once this device knows them; before that, they may or may not hold its changes. */
  #readAcknowledgement(handle: DocHandle<SectionContent>, content: A.Doc<SectionContent>): void {
    const { hub } = this.#connection;
    const reported = hub && handle.getSyncInfo(hub)?.lastHeads;
    if (!reported) return;
    const heads = decodeHeads(reported);
    if (A.hasHeads(content, heads)) this.#acknowledged = heads;
  }

  #countWaiting(content: A.Doc<SectionContent>): number {
    // Without any report of the hub, what came from the device's own storage is all that can be the hub's.
    this.#acknowledged ??= A.getHeads(content);
    if (!A.hasHeads(content, this.#acknowledged)) return this.state.value.waiting;
    return countWaiting(content, this.#acknowledged);
  }

  #heard({ message, senderId }: DocHandleEphemeralMessagePayload<SectionContent>): void {
    const announcement = readAnnouncement(message);
    if (announcement) this.onAnnouncement(senderId, announcement);
    const refusal = readRefusal(message);
    if (refusal && this.writable && this.#holds(refusal.hashes)) {
      this.#refused = { code: refusal.code, reason: refusal.reason };
      this.#refresh();
    }
  }

  /** Whether any of these changes is here. What the hub says of a copy that was given up is not about this one. */
  #holds(hashes: string[]): boolean {
    const content = this.#handle?.isReady() ? this.#handle.doc() : undefined;
    return (
      hashes.length === 0 || (content !== undefined && hashes.some((hash) => A.hasHeads(content, [hash])))
    );
  }

  #rememberSoon(): void {
    this.#timer ??= setTimeout(() => this.remember(), STANDING_DEBOUNCE_MS);
  }

  /**
   * The page goes away, perhaps before the device's database has the last keys: what the hub has not acknowledged is
   * left where it is written at once.
   */
  leave(): void {
    this.remember();
    const { content, waiting } = this.state.value;
    if (!content || waiting === 0 || !this.#acknowledged) return;
    this.#device.leaveUnstored(this.url, A.saveSince(content, this.#acknowledged));
  }

  /** Takes up what a page left behind when it closed. */
  #takeUpUnstored(handle: DocHandle<SectionContent>): void {
    if (this.#tookUp) return;
    this.#tookUp = true;
    const left = this.#device.unstored(this.url);
    if (!left) return;
    handle.update((content) => A.loadIncremental(content, left));
    this.#leftToForget = true;
  }

  #standing(waiting: number): Standing {
    return { plan: this.plan, section: this.section, title: this.title, waiting };
  }

  /** Writes to the device how far the hub has this document, if that has changed since it was written. */
  remember(): void {
    if (this.#timer === undefined || this.#storage.isGone(documentIdOf(this.url))) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { waiting } = this.state.value;
    const standing: Standing = { ...this.#standing(waiting), acknowledged: this.#acknowledged ?? [] };
    if (this.#refused) standing.refused = this.#refused;
    void this.#device.setStanding(this.url, standing);
  }
}

const documentIdOf = (url: string): DocumentId => url.replace(/^automerge:/, '') as DocumentId;

function readRefusal(message: unknown): { code: string; reason: string; hashes: string[] } | undefined {
  const { kind, code, reason, hashes } = (message ?? {}) as Record<string, unknown>;
  if (kind !== 'refused' || typeof code !== 'string' || typeof reason !== 'string') return undefined;
  const named = Array.isArray(hashes) ? hashes : [];
  return { code, reason, hashes: named.filter((hash) => typeof hash === 'string') };
}
