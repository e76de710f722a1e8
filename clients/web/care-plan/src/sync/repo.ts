import { type DocumentId, initializeWasm, type PeerId, Repo } from '@automerge/automerge-repo/slim';
import { IndexedDBStorageAdapter } from '@automerge/automerge-repo-storage-indexeddb';
import wasmUrl from '@automerge/automerge/automerge.wasm?url';
import { Connection } from './connection';
import { documentsDatabase } from '../device';

/** How long a change may wait before it is written to the device. A page can go away at any moment. */
const SAVE_AFTER_MS = 10;

/** The one repo of this page, its connection, and where it keeps documents. */
export interface OpenRepo {
  repo: Repo;
  connection: Connection;
  storage: DocumentStorage;
}

/**
 * Documents on this device, without those that were let go of: a write that was on its way must not bring one back, nor what
 * the hub still says of it.
 */
export class DocumentStorage extends IndexedDBStorageAdapter {
  readonly #gone = new Set<string>();

  isGone(document: string): boolean {
    return this.#gone.has(document);
  }

  letGo(document: string): void {
    this.#gone.add(document);
  }

  takeUp(document: string): void {
    this.#gone.delete(document);
  }

  /** Waits until everything that the repo had gathered by now has come here. */
  settled(): Promise<void> {
    return new Promise((done) => setTimeout(done, 2 * SAVE_AFTER_MS));
  }

  override async save(key: string[], binary: Uint8Array): Promise<void> {
    if (!this.isGone(key[0] ?? '')) await super.save(key, binary);
  }
}

/**
 * Opens the repo of one user: documents on this device under the user's name, and one connection to the hub of the
 * server that served the page. Automerge's WebAssembly is fetched here, and nowhere earlier.
 */
export async function openRepo(user: string, sessionStands: () => Promise<boolean>): Promise<OpenRepo> {
  await initializeWasm(wasmUrl);
  const url = new URL('/sync', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const connection = new Connection(url.href, sessionStands);
  const storage = new DocumentStorage(documentsDatabase(user));
  // The hub may still speak of a document that was let go of: its message would open the document again.
  const shareConfig = {
    announce: () => Promise.resolve(true),
    access: (_hub: PeerId, document?: DocumentId) => Promise.resolve(!storage.isGone(document ?? '')),
  };
  const network = [connection.adapter];
  const repo = new Repo({ storage, network, shareConfig, saveDebounceRate: SAVE_AFTER_MS });
  storeOnLeaving(repo);
  return { repo, connection, storage };
}

/**
 * Takes a document out of the repo, if it is there. One that is being read from the device is waited for: it would enter
 * the repo again when it has been read, and stand in the way of the one that is found in its place.
 */
export async function takeOut(repo: Repo, document: DocumentId): Promise<void> {
  const handle = repo.handles[document];
  if (!handle) return;
  await handle.whenReady(['ready', 'requesting', 'unavailable', 'deleted']).catch(() => undefined);
  // The repo ends its reading in tasks of its own, after the handle is ready.
  await new Promise((done) => setTimeout(done));
  repo.delete(document);
}

/** Writes to the device what is not written yet, when the page goes away or out of sight. */
function storeOnLeaving(repo: Repo): void {
  const store = () => {
    const ready = Object.values(repo.handles).filter((handle) => handle.isReady());
    void repo.flush(ready.map((handle) => handle.documentId));
  };
  window.addEventListener('pagehide', store);
  document.addEventListener('visibilitychange', store);
}
