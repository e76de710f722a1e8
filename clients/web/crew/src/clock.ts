/**
 * One clock for every age on the page: the service's, told with each answer in `Coplan-Now`.
 *
 * A phone whose clock is wrong must not make an old plan look new; so the page counts in the service's time, by the
 * difference between the two clocks when they last met.
 */

/** How far the service's clock is ahead of the device's, in milliseconds. */
export interface Clock {
  offsetMs: number;
}

/** The clock as an answer told it; without a readable header the device's own. */
export function clockFrom(coplanNow: string | null, deviceMs: number): Clock {
  const serviceMs = coplanNow === null ? Number.NaN : Date.parse(coplanNow);
  return { offsetMs: Number.isNaN(serviceMs) ? 0 : serviceMs - deviceMs };
}

/** The service's time, now. */
export function serviceNowMs(clock: Clock, deviceMs: number): number {
  return deviceMs + clock.offsetMs;
}
