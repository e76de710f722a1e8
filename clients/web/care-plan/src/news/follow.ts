/**
 * Follows what is published of one plan, while the page is looked at.
 *
 * The stream is read with `fetch` and not with `EventSource`: an NHS number goes in a header, never in an address.
 * INVARIANT: a page that nobody looks at holds no connection.
 */
import { EventStream, type ServerEvent } from './eventStream';

/** What is followed. */
export interface Following {
  /** The address of the stream. */
  url: string;
  headers?: Record<string, string>;
  /** The version on the screen; the service tells of a newer one even if it was published before this began. */
  version: number;
}

/** What there is to tell. */
export interface News {
  /** A version that is newer than any told of before. */
  published: (version: number) => void;
  /** More of the same version may be read than before, or less; or it may be so, after a connection was lost. */
  changed?: () => void;
  /** The plan may not be read any more. */
  gone: () => void;
  /** The stream is not given. Nothing more will be told; whether the plan may still be read, the next question says. */
  refused?: () => void;
}

/** The service says something at least every 15 s; after this long without a word the connection is dead. */
const SILENCE_MS_MAX = 40_000;
/** Before the first new attempt; twice as long before each further one. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

/** Begins to follow; the function that it gives ends it. */
export function followPublications(following: Following, news: News): () => void {
  const follower = new Follower(following, news);
  return () => follower.end();
}

class Follower {
  readonly #following: Following;
  readonly #news: News;
  #version: number;
  #open: AbortController | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #ended = false;
  #wasOpen = false;

  constructor(following: Following, news: News) {
    this.#following = following;
    this.#news = news;
    this.#version = following.version;
    document.addEventListener('visibilitychange', this.#look);
    addEventListener('online', this.#now);
    this.#look();
  }

  end(): void {
    this.#ended = true;
    document.removeEventListener('visibilitychange', this.#look);
    removeEventListener('online', this.#now);
    this.#close();
  }

  /** Connects while somebody looks, and lets go when nobody does. */
  #look = (): void => {
    if (document.visibilityState === 'visible') this.#now();
    else this.#close();
  };

  #now = (): void => {
    if (this.#ended || this.#open || document.visibilityState !== 'visible') return;
    clearTimeout(this.#retry);
    void this.#listen();
  };

  #close(): void {
    clearTimeout(this.#retry);
    this.#open?.abort();
    this.#open = undefined;
  }

  async #listen(): Promise<void> {
    const open = new AbortController();
    this.#open = open;
    const again = await this.#read(open).catch(() => true);
    // Another one may have been opened meanwhile, or nobody looks any more.
    if (this.#open !== open) return;
    this.#open = undefined;
    if (!again) return this.end();
    const wait = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#retry = setTimeout(this.#now, wait);
  }

  /** Reads until the connection ends; says whether it is worth another try. */
  async #read(open: AbortController): Promise<boolean> {
    const { url, headers } = this.#following;
    let silence = setTimeout(() => open.abort(), SILENCE_MS_MAX);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => open.abort(), SILENCE_MS_MAX);
    };
    try {
      const response = await fetch(url, {
        cache: 'no-store',
        signal: open.signal,
        headers: { accept: 'text/event-stream', 'last-event-id': String(this.#version), ...headers },
      });
      if ([401, 403, 404].includes(response.status)) {
        this.#news.refused?.();
        return false;
      }
      if (!response.ok || !response.body) return true;
      // Nothing is told of what changed while nobody listened.
      if (this.#wasOpen) this.#news.changed?.();
      this.#wasOpen = true;
      const stream = new EventStream();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return true;
        heard();
        this.#failures = 0;
        for (const event of stream.push(value)) if (!this.#tell(event)) return false;
      }
    } finally {
      clearTimeout(silence);
    }
  }

  /** Tells what an event says; not to be asked again after the last one. */
  #tell({ event, data }: ServerEvent): boolean {
    if (this.#ended) return false;
    if (event === 'gone') {
      this.#news.gone();
      return false;
    }
    if (event === 'changed') this.#news.changed?.();
    const version = event === 'published' ? versionIn(data) : undefined;
    if (version !== undefined && version > this.#version) {
      this.#version = version;
      this.#news.published(version);
    }
    return true;
  }
}

function versionIn(data: string): number | undefined {
  try {
    const { version } = JSON.parse(data) as { version?: unknown };
    return Number.isInteger(version) ? (version as number) : undefined;
  } catch {
    return undefined;
  }
}
