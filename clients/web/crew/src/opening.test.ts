import type { NhsNumber, PublishedView } from '@coplan/care-plan/plan';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UrgentAnswer } from './api';
import type { SavedCopy } from './deviceStore';
import { losePlan, openPlan, showNewer, SLOW_AFTER_MS, type Opening, type ShownPlan } from './opening';

const NUMBER = '9990000018' as NhsNumber;
const TARGET = { nhsNumber: NUMBER };
const NOW = Date.parse('2026-11-21T02:14:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A service that answers when told to, a device that may hold a copy, and what was shown and done. */
function scene({
  saved = null,
  reading = null,
}: { saved?: SavedCopy | 'lapsed' | null; reading?: ShownPlan | null } = {}) {
  const shown: Opening[] = [];
  const done: string[] = [];
  let answer: (answer: UrgentAnswer) => void = () => undefined;
  const controller = new AbortController();
  const reach = {
    ask: () => new Promise<UrgentAnswer>((resolve) => (answer = resolve)),
    savedCopy: () => Promise.resolve(saved),
    keepCopy: (copy: SavedCopy) => record(`keep ${copy.view.version}`),
    forgetCopy: () => record('forget this'),
    forgetEverything: () => record('forget all'),
  };
  const record = (what: string) => {
    done.push(what);
    return Promise.resolve();
  };
  const opening = openPlan(TARGET, reading, reach, controller.signal, (state) => shown.push(state));
  return {
    shown,
    done,
    abort: () => controller.abort(),
    wait: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    answer: async (what: UrgentAnswer) => {
      answer(what);
      await opening;
    },
    last: () => shown.at(-1),
    plan: () => {
      const last = shown.at(-1);
      return last?.at === 'plan' ? last.plan : undefined;
    },
  };
}

describe('opening a plan', () => {
  it('that_is_closed_offers_the_way_in_an_emergency_and_forgets_the_copy', async () => {
    const { answer, last, done } = scene({ saved: copy(2) });
    await answer({ kind: 'shut', plan: 'p1', why: 'this person does not want a shared plan' });
    expect(last()).toMatchObject({ at: 'shut', plan: 'p1' });
    expect(done).toEqual(['forget this']);
  });

  it('without_an_answer_says_that_the_copy_is_deleted_whose_time_was_over', async () => {
    const { answer, last } = scene({ saved: 'lapsed' });
    await answer({ kind: 'no-answer' });
    expect(last()).toEqual({ at: 'trouble', target: TARGET, trouble: 'lapsed' });
  });

  it('for_an_emergency_keeps_until_when_it_may_be_read_and_not_beyond', async () => {
    for (const [until, kept] of [
      ['2026-11-21T03:00:00Z', '2026-11-21T03:00:00Z'],
      ['2026-11-21T02:00:00Z', undefined],
    ] as const) {
      const { answer, plan } = scene({ saved: { ...copy(3), until } });
      await answer(planAnswer(3));
      expect(plan()?.until).toBe(kept);
    }
  });

  it('that_the_service_answers_shows_it_as_checked_now_and_keeps_it', async () => {
    const { answer, plan, done } = scene();
    await answer(planAnswer(3));
    expect(plan()).toMatchObject({ freshness: 'checked', checkedAtMs: NOW, newer: null });
    expect(done).toEqual(['keep 3']);
  });

  it('takes_the_service_clock_for_its_own', async () => {
    const { answer, plan } = scene();
    await answer(planAnswer(3, 3_600_000));
    expect(plan()?.checkedAtMs).toBe(NOW + 3_600_000);
  });

  it('prefers_a_quick_answer_to_a_saved_copy', async () => {
    const { answer, shown } = scene({ saved: copy(2) });
    await answer(planAnswer(3));
    expect(shown.map(({ at }) => at)).toEqual(['asking', 'plan']);
  });

  it('shows_a_saved_copy_as_such_while_the_answer_is_slow', async () => {
    const { wait, plan } = scene({ saved: copy(3) });
    await wait(SLOW_AFTER_MS);
    expect(plan()).toMatchObject({ freshness: 'checking', checkedAtMs: copy(3).checkedAtMs });
  });

  it('says_that_it_still_waits_where_there_is_no_copy', async () => {
    const { wait, last } = scene();
    await wait(SLOW_AFTER_MS);
    expect(last()).toMatchObject({ at: 'asking', slow: true });
  });

  it('confirms_a_copy_when_the_service_has_nothing_newer', async () => {
    const { wait, answer, plan } = scene({ saved: copy(3) });
    await wait(SLOW_AFTER_MS);
    await answer(planAnswer(3));
    expect(plan()).toMatchObject({ freshness: 'checked', newer: null });
  });

  it('never_exchanges_what_is_being_read_but_announces_the_newer_version', async () => {
    const { wait, answer, plan } = scene({ saved: copy(3) });
    await wait(SLOW_AFTER_MS);
    await answer(planAnswer(4));
    const reading = plan() as ShownPlan;
    expect(reading.view.version).toBe(3);
    expect(reading.newer?.view.version).toBe(4);
    expect(showNewer(reading)).toMatchObject({ freshness: 'checked', view: { version: 4 }, newer: null });
  });

  it.each(['no-answer', 'fault'] as const)('falls_back_on_a_copy_after_%s', async (kind) => {
    const { answer, plan, done } = scene({ saved: copy(3) });
    await answer({ kind });
    expect(plan()).toMatchObject({ freshness: 'no-answer', checkedAtMs: copy(3).checkedAtMs });
    expect(done).toEqual([]);
  });

  it.each(['no-answer', 'fault'] as const)('without_a_copy_says_%s', async (kind) => {
    const { answer, last } = scene();
    await answer({ kind });
    expect(last()).toEqual({ at: 'trouble', target: TARGET, trouble: kind });
  });

  it('takes_a_plan_that_is_no_longer_shown_from_the_screen_and_the_device', async () => {
    const { wait, answer, last, done } = scene({ saved: copy(3) });
    await wait(SLOW_AFTER_MS);
    await answer({ kind: 'none' });
    expect(last()).toMatchObject({ at: 'trouble', trouble: 'withdrawn' });
    expect(done).toEqual(['forget this']);
  });

  it('says_none_where_there_never_was_one', async () => {
    const { answer, last } = scene();
    await answer({ kind: 'none' });
    expect(last()).toMatchObject({ at: 'trouble', trouble: 'none' });
  });

  it('with_a_session_that_has_ended_deletes_everything', async () => {
    const { wait, answer, last, done } = scene({ saved: copy(3) });
    await wait(SLOW_AFTER_MS);
    await answer({ kind: 'signed-out' });
    expect(last()).toMatchObject({ at: 'trouble', trouble: 'signed-out' });
    expect(done).toEqual(['forget all']);
  });

  it('that_was_left_shows_and_keeps_nothing_more', async () => {
    const { abort, answer, shown, done } = scene({ saved: copy(3) });
    abort();
    await answer(planAnswer(3));
    expect(shown).toHaveLength(1);
    expect(done).toEqual([]);
  });
});

describe('asking again for a plan that is being read', () => {
  it('leaves_it_on_the_screen', () => {
    const { shown } = scene({ reading: { ...copy(3), freshness: 'no-answer', newer: null } });
    expect(shown).toMatchObject([{ at: 'plan', plan: { freshness: 'checking' } }]);
  });

  it('without_an_answer_marks_it_as_a_copy_since_it_was_last_checked', async () => {
    const { answer, plan } = scene({ reading: { ...copy(3), freshness: 'checked', newer: null } });
    await answer({ kind: 'no-answer' });
    expect(plan()).toMatchObject({ freshness: 'no-answer', checkedAtMs: copy(3).checkedAtMs });
  });

  it('keeps_a_newer_version_that_was_announced', async () => {
    const { answer, plan } = scene({ reading: { ...copy(3), freshness: 'checking', newer: copy(4) } });
    await answer({ kind: 'no-answer' });
    expect(plan()?.newer?.view.version).toBe(4);
  });
});

function view(version: number): PublishedView {
  return {
    view: 'urgent',
    plan: 'p1',
    version,
    published_at: `2026-11-1${version}T09:12:00.000Z`,
    person: { nhs_number: NUMBER, name: 'Adaeze Okonkwo', born: '1998-03-04' },
    sections: [],
  };
}

function copy(version: number): SavedCopy {
  return { view: view(version), clock: { offsetMs: 0 }, checkedAtMs: Date.parse('2026-11-20T22:00:00Z') };
}

function planAnswer(version: number, offsetMs = 0): UrgentAnswer {
  return { kind: 'plan', view: view(version), clock: { offsetMs } };
}

describe('a plan that the service has taken back', () => {
  it.each([
    [{ kind: 'none' } as const, { at: 'trouble', trouble: 'withdrawn' }],
    [{ kind: 'no-answer' } as const, { at: 'trouble', trouble: 'no-answer' }],
    [{ kind: 'shut', plan: 'p1', why: 'no' } as const, { at: 'shut', plan: 'p1' }],
  ])('goes_from_the_device_before_anything_is_asked_%#', async (answer, end) => {
    const done: string[] = [];
    const shown: Opening[] = [];
    const note = (what: string) => Promise.resolve(void done.push(what));
    const reach = {
      ask: async () => {
        await note('ask');
        return answer;
      },
      savedCopy: () => Promise.resolve(null),
      keepCopy: () => note('keep'),
      forgetCopy: () => note('forget'),
      forgetEverything: () => note('forget all'),
    };
    await losePlan(TARGET, reach, new AbortController().signal, (opening) => shown.push(opening));
    expect(shown[0]).toMatchObject({ at: 'trouble', trouble: 'withdrawn' });
    expect(shown.at(-1)).toMatchObject(end);
    expect(done.slice(0, 2)).toEqual(['forget', 'ask']);
    expect(done).not.toContain('keep');
  });
});
