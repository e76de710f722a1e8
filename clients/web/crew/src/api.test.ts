import type { NhsNumber } from '@coplan/care-plan/plan';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { askMe, askUrgent, signOut } from './api';

const NUMBER = '9990000018' as NhsNumber;
const PLAN = {
  view: 'urgent',
  plan: 'p1',
  version: 1,
  published_at: '2026-11-18T09:12:00.000Z',
  person: { nhs_number: NUMBER, name: 'Adaeze Okonkwo', born: '1998-03-04' },
  sections: [],
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('asking for a plan', () => {
  it.each([
    ['the plan of the person asked for', 200, JSON.stringify(PLAN), 'plan'],
    [
      'the plan of another person',
      200,
      JSON.stringify({ ...PLAN, person: { ...PLAN.person, nhs_number: '9990000026' } }),
      'fault',
    ],
    ['the sign-in page of a network in between', 200, '<html>', 'fault'],
    ['half an answer', 200, JSON.stringify(PLAN).slice(0, 80), 'fault'],
    ['no plan, or no right to it', 404, '{}', 'none'],
    ['a refusal', 403, '{}', 'none'],
    ['a session that has ended', 401, '{}', 'signed-out'],
    ['a service in trouble', 503, '{}', 'fault'],
  ])('and getting %s', async (_, status, body, kind) => {
    answering(() => new Response(body, { status }));
    expect((await askUrgent({ nhsNumber: NUMBER }, new AbortController().signal)).kind).toBe(kind);
  });

  it('that_is_closed_is_told_only_to_whoever_was_sent_to_it', async () => {
    const body = JSON.stringify({
      remedies: ['break-glass'],
      detail: 'this person does not want a shared plan',
    });
    answering(() => new Response(body, { status: 403 }));
    const signal = new AbortController().signal;
    expect((await askUrgent({ nhsNumber: NUMBER }, signal)).kind).toBe('none');
    expect(await askUrgent({ plan: 'p1' }, signal)).toMatchObject({ kind: 'shut', plan: 'p1' });
  });

  it('by_its_id_and_getting_another_plan_is_a_fault', async () => {
    answering(() => new Response(JSON.stringify(PLAN)));
    const signal = new AbortController().signal;
    expect((await askUrgent({ plan: 'p1' }, signal)).kind).toBe('plan');
    expect((await askUrgent({ plan: 'p2' }, signal)).kind).toBe('fault');
  });

  it('without_a_signal_gets_no_answer', async () => {
    answering(() => {
      throw new TypeError('failed to fetch');
    });
    expect((await askUrgent({ nhsNumber: NUMBER }, new AbortController().signal)).kind).toBe('no-answer');
  });

  it('gives_up_an_answer_that_stops_in_the_middle', async () => {
    vi.useFakeTimers();
    answering((signal) => {
      const body = new ReadableStream({
        start: (stream) => signal.addEventListener('abort', () => stream.error(new Error('aborted'))),
      });
      return new Response(body);
    });
    const asked = askUrgent({ nhsNumber: NUMBER }, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await asked).kind).toBe('no-answer');
  });

  it('that_was_left_ends_at_once', async () => {
    const left = new AbortController();
    answering(
      (signal) =>
        new Promise((_, fail) => signal.addEventListener('abort', () => fail(new Error('aborted')))),
    );
    const asked = askUrgent({ nhsNumber: NUMBER }, left.signal);
    left.abort();
    expect((await asked).kind).toBe('no-answer');
  });
});

describe('the session', () => {
  it.each([
    [
      200,
      '{"user":{"id":"c1","name":"Kay","organisation":"O"}}',
      { id: 'c1', name: 'Kay', organisation: 'O' },
    ],
    [401, '{}', null],
    [503, '{}', undefined],
  ])('with_answer_%i', async (status, body, me) => {
    answering(() => new Response(body, { status }));
    expect(await askMe()).toEqual(me);
  });

  it.each([
    [204, true],
    [401, true],
    [503, false],
  ])('ends_with_answer_%i: %s', async (status, ended) => {
    answering(() => new Response(null, { status }));
    expect(await signOut()).toBe(ended);
  });
});

function answering(answer: (signal: AbortSignal) => Response | Promise<Response>): void {
  vi.stubGlobal('fetch', async (_: string, { signal }: { signal: AbortSignal }) => answer(signal));
}
