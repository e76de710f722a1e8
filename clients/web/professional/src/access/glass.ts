/** How long the glass stays broken, in words. */
import { formatTime } from '@coplan/care-plan/plan';

/** How long a broken glass lasts. */
const GLASS_MS = 60 * 60_000;
const MINUTE_MS = 60_000;

/** The banner's sentence and what is left of the hour; `over` once it has ended. */
export function glassWords(until: string, now: number): { sentence: string; left: string; over: boolean } {
  const end = Date.parse(until);
  const minutes = Math.ceil((end - now) / MINUTE_MS);
  const over = end <= now;
  const opened = formatTime(end - GLASS_MS);
  if (over)
    return {
      sentence: `The hour for which you broke the glass ended at ${formatTime(end)}.`,
      left: '',
      over,
    };
  return {
    sentence: `You opened this plan by breaking the glass at ${opened}; it closes at ${formatTime(end)}.`,
    left: minutes === 1 ? '1 minute left' : `${minutes} minutes left`,
    over,
  };
}
