import { expect, it } from 'vitest';
import { inOrder, type ReviewItem } from './review';

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
