import { expect, it } from 'vitest';
import { openTasks, today } from './openTasks';

it('open tasks are those that are neither done, ended nor removed, the most pressing first', () => {
  const list = {
    a: { order: 1, what: 'Ring the GP' },
    b: { order: 2, what: 'Order oxygen', due: '2026-11-20', owner: 'Ada' },
    c: { order: 3, what: 'Done before', state: 'completed' },
    d: { order: 4, what: 'Removed', removed: 'twice' },
    e: { order: 5, what: 'Fit the rail', due: '2026-12-01', state: 'on-hold' },
  };
  expect(openTasks(list).map(({ what }) => what)).toEqual(['Order oxygen', 'Fit the rail', 'Ring the GP']);
});

it('today is a day as documents hold it', () => {
  expect(today(new Date(2026, 0, 5))).toBe('2026-01-05');
});
