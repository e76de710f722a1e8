import { expect, test } from 'vitest';
import { countdown } from './arrival';

const MINUTE = 60_000;

test.each([
  [0, 30],
  [1, 30],
  [59_999, 30],
  [MINUTE, 29],
  [29 * MINUTE, 1],
  [29 * MINUTE + 59_000, 1],
  [30 * MINUTE, 0],
  [30 * MINUTE + 1_000, 0],
  [31 * MINUTE, -1],
  [45 * MINUTE, -15],
])('after %i ms of 30 minutes %i are left', (since, left) => {
  // `-0` is nothing left too.
  expect(countdown(1_000, 30, 1_000 + since).left + 0).toBe(left);
  expect(countdown(1_000, 30, 1_000 + since).dueMs).toBe(1_000 + 30 * MINUTE);
});
