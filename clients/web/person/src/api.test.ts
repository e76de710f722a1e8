import { describe, expect, it } from 'vitest';
import { serviceTime, troubleOf } from './api';

describe('an answer', () => {
  it.each([
    [401, 'signed-out'],
    [403, 'refused'],
    [404, 'not-found'],
    [409, 'refused'],
    [503, 'no-answer'],
  ])('with_status_%i_is_%s', (status, trouble) => {
    expect(troubleOf(status)).toBe(trouble);
  });

  it('is_dated_by_the_service_and_not_by_a_device_whose_clock_is_wrong', () => {
    const device = Date.parse('2020-01-01T00:00:00Z');
    expect(serviceTime('2026-11-22T07:00:00Z', device)).toBe(Date.parse('2026-11-22T07:00:00Z'));
    expect(serviceTime(null, device)).toBe(device);
    expect(serviceTime('noon', device)).toBe(device);
  });
});
