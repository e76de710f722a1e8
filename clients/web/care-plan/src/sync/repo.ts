import { initializeWasm, Repo } from '@automerge/automerge-repo/slim';
import { IndexedDBStorageAdapter } from '@automerge/automerge-repo-storage-indexeddb';
import wasmUrl from '@automerge/automerge/automerge.wasm?url';
import { Connection } from './connection';
import { documentsDatabase } from './deviceStore';

/** The one repo of this page, and its connection. */
export interface OpenRepo {
  repo: Repo;
  connection: Connection;
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
  const storage = new IndexedDBStorageAdapter(documentsDatabase(user));
  const repo = new Repo({ storage, network: [connection.adapter] });
  return { repo, connection };
}
