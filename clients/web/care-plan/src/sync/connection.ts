import type { PeerMetadata, StorageId } from '@automerge/automerge-repo/slim';
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket';
import { Observable } from './observable';

/** How the device stands with the hub. `signed-out`: the network is there, the session is not. */
export type ConnectionState = 'connecting' | 'online' | 'offline' | 'signed-out';

/** How long a first connection may take before it is called offline. */
const FIRST_CONNECTION_MS = 3_000;
/** How soon a lost connection is tried again, and again. */
const RETRY_MS = 2_000;
/** How long the hub may be silent while changes wait for it. */
const SILENCE_MS_MAX = 8_000;
/** How often, while offline, the server is asked whether the session still stands. */
const SESSION_CHECK_MS = 10_000;

/**
 * The one connection to the hub, and what is true of it.
 *
 * The browser's `offline` event closes the socket at once: on a network that is half gone a socket may otherwise look
 * open for minutes. The event decides nothing more: whether the hub can be reached is what the next attempt finds.
 */
export class Connection {
  readonly state = new Observable<ConnectionState>(navigator.onLine ? 'connecting' : 'offline');
  readonly adapter: WebSocketClientAdapter;
  /** The hub's store, once it has introduced itself. */
  hub: StorageId | undefined;
  readonly #sessionStands: () => Promise<boolean>;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Called with a document that the hub does not give, or gives no longer. */
  readonly refusals = new Set<(document: string) => void>();
  /** When the hub last said anything, in ms since 1970. */
  heardAt = 0;
  #askedAt = 0;

  /** `sessionStands` asks the server; it rejects if the server cannot be reached. */
  constructor(url: string, sessionStands: () => Promise<boolean>) {
    this.#sessionStands = sessionStands;
    this.adapter = new WebSocketClientAdapter(url, RETRY_MS);
    this.adapter.on('peer-candidate', ({ peerMetadata }: { peerMetadata: PeerMetadata }) => {
      this.hub = peerMetadata.storageId;
      this.heardAt = Date.now();
      this.state.set('online');
    });
    this.adapter.on('message', (message: { type: string; documentId?: string }) => {
      this.heardAt = Date.now();
      if (message.type !== 'doc-unavailable' || message.documentId === undefined) return;
      for (const tell of [...this.refusals]) tell(message.documentId);
    });
    this.adapter.on('peer-disconnected', () => this.#lost());
    setTimeout(() => {
      if (this.state.value === 'connecting') this.#lost();
    }, FIRST_CONNECTION_MS);
    this.#timer = setInterval(() => {
      if (this.state.value !== 'online') void this.#checkSession();
    }, SESSION_CHECK_MS);
    window.addEventListener('offline', this.drop);
  }

  /**
   * Changes wait for the hub: if it has been silent for too long, the socket only looks open.
   *
   * Called again and again while changes wait.
   */
  doubt(waitingSince: number): void {
    if (Date.now() - Math.max(this.heardAt, waitingSince) > SILENCE_MS_MAX) this.drop();
  }

  /** Closes the socket without waiting for the other side, and starts trying again. */
  drop = (): void => {
    const { adapter } = this;
    const { socket } = adapter;
    if (!socket || this.state.value !== 'online') return;
    socket.removeEventListener('message', adapter.onMessage);
    socket.removeEventListener('close', adapter.onClose);
    socket.close();
    adapter.onClose();
  };

  stop(): void {
    clearInterval(this.#timer);
    window.removeEventListener('offline', this.drop);
  }

  #lost(): void {
    if (this.state.value !== 'signed-out') this.state.set('offline');
    void this.#checkSession();
  }

  async #checkSession(): Promise<void> {
    if (Date.now() - this.#askedAt < SESSION_CHECK_MS / 2) return;
    this.#askedAt = Date.now();
    try {
      const stands = await this.#sessionStands();
      if (this.state.value !== 'online') this.state.set(stands ? 'offline' : 'signed-out');
    } catch {
      if (this.state.value !== 'online') this.state.set('offline');
    }
  }
}
