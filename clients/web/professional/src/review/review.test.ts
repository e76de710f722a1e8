import { expect, it } from 'vitest';
import { inOrder, inRuns, type ReviewItem } from './review';

const item = (id: string, kind: ReviewItem['kind'], at: string): ReviewItem =>
  ({
    id,
    kind,
    at,
    until: at,
    reason: 'r',
    state: 'open',
    finding: null,
    note: null,
  }) as unknown as ReviewItem;

it('broken_glass_is_looked_at_first_and_what_waited_longest_before_the_rest', () => {
  const items = [
    item('a', 'asserted', '2026-11-01'),
    item('b', 'break-glass', '2026-11-03'),
    item('c', 'asserted', '2026-10-01'),
    item('d', 'break-glass', '2026-11-02'),
  ];
  expect(inOrder(items).map(({ id }) => id)).toEqual(['d', 'b', 'c', 'a']);
});

it('the_same_event_again_and_again_is_one_line_that_says_how_often_and_from_when_to_when', () => {
  const event = (at: string, sentence: string) => ({ at, sentence });
  const opened = [event('1', 'opened'), event('2', 'wrote'), event('3', 'wrote'), event('4', 'opened')];
  expect(inRuns(opened)).toEqual([
    { sentence: 'opened', from: '1', to: '1', times: 1 },
    { sentence: 'wrote', from: '2', to: '3', times: 2 },
    { sentence: 'opened', from: '4', to: '4', times: 1 },
  ]);
  expect(inRuns([])).toEqual([]);
});
