import { describe, expect, it } from 'vitest';
import { clockFrom, serviceNowMs } from './clock';
import { themeFor } from './theme';

describe('the page', () => {
  it.each([
    ['auto', 2, false, 'dark'],
    ['auto', 19, false, 'dark'],
    ['auto', 7, false, 'light'],
    ['auto', 12, true, 'dark'],
    ['light', 2, true, 'light'],
    ['dark', 12, false, 'dark'],
  ] as const)(
    'chosen_%s_at_%i_o_clock_on_a_device_that_asks_for_dark_%s_is_%s',
    (choice, hour, device, theme) => {
      expect(themeFor(choice, hour, device)).toBe(theme);
    },
  );

  it('counts_in_the_service_time_however_wrong_the_device_is', () => {
    const deviceMs = Date.parse('2020-01-01T00:00:00Z');
    const clock = clockFrom('2026-11-21T02:14:00.000Z', deviceMs);
    expect(serviceNowMs(clock, deviceMs + 60_000)).toBe(Date.parse('2026-11-21T02:15:00Z'));
  });

  it.each([null, 'soon'])('without_the_service_time_counts_in_the_device_time: %j', (header) => {
    expect(clockFrom(header, 5)).toEqual({ offsetMs: 0 });
  });
});
