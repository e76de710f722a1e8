// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followPublications } from './follow';

/** A stream that the test writes to. */
class Stream {
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly asked: { url: string; headers: Record<string, string>; signal: AbortSignal };
  readonly response: Response;

  constructor(url: string, init: RequestInit) {
    this.asked = { url, headers: init.headers as Record<string, string>, signal: init.signal as AbortSignal };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
    });
    init.signal?.addEventListener('abort', () => this.#controller.error(new Error('aborted')));
    this.response = new Response(body);
  }

  write(text: string) {
    this.#controller.enqueue(new TextEncoder().encode(text));
  }

  end() {
    this.#controller.close();
  }
}

let streams: Stream[];
let visible: 'visible' | 'hidden';
let status: number;

beforeEach(() => {
  vi.useFakeTimers();
  streams = [];
  visible = 'visible';
  status = 200;
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visible);
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const stream = new Stream(url, init);
    streams.push(stream);
    return status === 200 ? stream.response : new Response(null, { status });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const look = (now: 'visible' | 'hidden') => {
  visible = now;
  document.dispatchEvent(new Event('visibilitychange'));
};

async function follow() {
  const news = { published: vi.fn(), changed: vi.fn(), gone: vi.fn(), refused: vi.fn() };
  const end = followPublications(
    { url: '/events', headers: { 'x-nhs-number': '9990120005' }, version: 9 },
    news,
  );
  await settle();
  return { ...news, end };
}

describe('whoever follows a plan', () => {
  it('hears_of_a_newer_version_once_and_of_no_older_one', async () => {
    const { published, end } = await follow();
    streams[0]?.write(': hello\n\nevent: published\ndata: {"version": 9}\nid: 9\n\nevent: publi');
    await settle();
    expect(published).not.toHaveBeenCalled();
    streams[0]?.write(
      'shed\r\ndata: {"version":10}\r\nid: 10\r\n\r\nevent: published\ndata: {"version": 10}\n\n',
    );
    await settle();
    expect(published.mock.calls).toEqual([[10]]);
    end();
  });

  it('names_the_version_on_the_screen_and_keeps_the_number_out_of_the_address', async () => {
    const { end } = await follow();
    expect(streams[0]?.asked.url).toBe('/events');
    expect(streams[0]?.asked.headers).toMatchObject({ 'last-event-id': '9', 'x-nhs-number': '9990120005' });
    end();
  });

  it('connects_again_later_and_later_and_goes_on_where_it_was', async () => {
    const { changed, end } = await follow();
    expect(changed).not.toHaveBeenCalled();
    streams[0]?.write('event: published\ndata: {"version": 12}\n\n');
    await settle();
    streams[0]?.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams[1]?.asked.headers['last-event-id']).toBe('12');
    expect(changed).toHaveBeenCalledOnce();
    status = 503;
    streams[1]?.end();
    await vi.advanceTimersByTimeAsync(2_000);
    const early = streams.length;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams.length - early).toBeLessThan(2);
    status = 200;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(streams.length).toBeGreaterThan(early);
    end();
  });

  it('gives_up_a_connection_that_says_nothing', async () => {
    const { end } = await follow();
    await vi.advanceTimersByTimeAsync(45_000);
    expect(streams[0]?.asked.signal.aborted).toBe(true);
    expect(streams.length).toBe(2);
    end();
  });

  it('holds_no_connection_while_nobody_looks', async () => {
    const { end } = await follow();
    look('hidden');
    await vi.advanceTimersByTimeAsync(300_000);
    expect(streams[0]?.asked.signal.aborted).toBe(true);
    expect(streams.length).toBe(1);
    look('visible');
    await settle();
    expect(streams.length).toBe(2);
    end();
    look('hidden');
    look('visible');
    await settle();
    expect(streams.length).toBe(2);
  });

  it('is_told_that_another_part_of_it_may_be_read_and_goes_on', async () => {
    const { changed, published, end } = await follow();
    streams[0]?.write('event: changed\ndata: {}\n\nevent: published\ndata: {"version": 11}\n\n');
    await settle();
    expect([changed.mock.calls.length, published.mock.calls]).toEqual([1, [[11]]]);
    end();
  });

  it('is_told_that_the_plan_is_gone_and_asks_no_more', async () => {
    const { gone, published } = await follow();
    streams[0]?.write('event: gone\ndata: {}\n\nevent: published\ndata: {"version": 11}\n\n');
    await vi.advanceTimersByTimeAsync(300_000);
    expect(gone).toHaveBeenCalledOnce();
    expect(published).not.toHaveBeenCalled();
    expect(streams.length).toBe(1);
  });

  it.each([401, 403, 404])('stops_where_the_stream_is_refused_with_%i', async (refusal) => {
    status = refusal;
    const { refused } = await follow();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(refused).toHaveBeenCalledOnce();
    expect(streams.length).toBe(1);
  });
});
