/**
 * How numbers and times are written for people (NHS content guide: dates, ages; NHS number in groups of 3, 3 and 4).
 *
 * A time is always told in Europe/London, whatever the device believes: two people who read out the same plan over the
 * phone must read the same time. An age ("3 days ago") never stands alone, only beside its date.
 */

const LONDON = 'Europe/London';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Clocks of two machines may differ by this much before a moment counts as lying in the future. */
const CLOCK_TOLERANCE_MS = 2 * MINUTE_MS;
/** Ages are told in days up to here, then in months. */
const DAYS_MAX = 60;
/** Ages are told in months up to here, then in years. Also for the age of a small child. */
const MONTHS_MAX = 24;

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const londonParts = new Intl.DateTimeFormat('en-GB', {
  timeZone: LONDON,
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

interface CalendarDay {
  year: number;
  month: number;
  day: number;
}

interface WallClock extends CalendarDay {
  hour: string;
  minute: string;
}

/** `9990000018` as people read it out: `999 000 0018`. Anything that is not ten digits comes back as it is. */
export function formatNhsNumber(digits: string): string {
  return digits.replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3');
}

/** A moment in London: `21 November 2026, 14:05`. Text that is no moment comes back as it is. */
export function formatMoment(moment: string | number): string {
  const ms = toMs(moment);
  if (Number.isNaN(ms)) return String(moment);
  const at = inLondon(ms);
  return `${writeDay(at)}, ${at.hour}:${at.minute}`;
}

/** The time of day of a moment in London: `14:05`. */
export function formatTime(moment: string | number): string {
  const ms = toMs(moment);
  if (Number.isNaN(ms)) return String(moment);
  const at = inLondon(ms);
  return `${at.hour}:${at.minute}`;
}

/** A calendar date, `2026-11-21`, as `21 November 2026`. Text that is no date comes back as it is. */
export function formatDate(date: string): string {
  const day = calendarDay(date);
  return day ? writeDay(day) : date;
}

/** Whether two moments fall on the same day in London. */
export function isSameDay(one: string | number, other: string | number): boolean {
  return daysBetween(inLondon(toMs(one)), inLondon(toMs(other))) === 0;
}

/**
 * How long ago: `5 minutes ago`, `17 hours ago`, `3 days ago`. Only ever beside the date itself.
 *
 * From 24 hours on it counts calendar days in London, because that is the sum a reader does with the date beside it;
 * so it never makes a plan look younger than its date does.
 */
export function formatAgo(moment: string | number, now: string | number): string {
  const [then, at] = [toMs(moment), toMs(now)];
  if (Number.isNaN(then) || Number.isNaN(at)) return 'age unknown';
  const elapsed = at - then;
  if (elapsed < -CLOCK_TOLERANCE_MS) return 'dated in the future';
  if (elapsed < MINUTE_MS) return 'less than a minute ago';
  if (elapsed < HOUR_MS) return `${count(Math.floor(elapsed / MINUTE_MS), 'minute')} ago`;
  if (elapsed < DAY_MS) return `${count(Math.floor(elapsed / HOUR_MS), 'hour')} ago`;
  const [from, to] = [inLondon(then), inLondon(at)];
  const days = daysBetween(from, to);
  if (days < DAYS_MAX) return `${count(days, 'day')} ago`;
  const months = wholeMonths(from, to);
  if (months < MONTHS_MAX) return `${count(months, 'month')} ago`;
  return `${count(Math.floor(months / 12), 'year')} ago`;
}

/** Somebody's age: `38 years`; under two years in months, under one month in days. `null` if the date makes no age. */
export function formatAge(born: string, now: string | number): string | null {
  const from = calendarDay(born);
  const ms = toMs(now);
  if (!from || Number.isNaN(ms)) return null;
  const to = inLondon(ms);
  const days = daysBetween(from, to);
  if (days < 0) return null;
  const months = wholeMonths(from, to);
  if (months < 1) return count(days, 'day');
  if (months < MONTHS_MAX) return count(months, 'month');
  return count(Math.floor(months / 12), 'year');
}

function toMs(moment: string | number): number {
  return typeof moment === 'number' ? moment : Date.parse(moment);
}

function inLondon(ms: number): WallClock {
  const parts = new Map(londonParts.formatToParts(ms).map((part) => [part.type, part.value]));
  return {
    year: Number(parts.get('year')),
    month: Number(parts.get('month')),
    day: Number(parts.get('day')),
    hour: parts.get('hour') ?? '',
    minute: parts.get('minute') ?? '',
  };
}

function calendarDay(date: string): CalendarDay | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return null;
  const day = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  const back = new Date(utcMidnight(day));
  return back.getUTCMonth() === day.month - 1 && back.getUTCDate() === day.day ? day : null;
}

function writeDay({ day, month, year }: CalendarDay): string {
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

function utcMidnight({ year, month, day }: CalendarDay): number {
  return Date.UTC(year, month - 1, day);
}

function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return Math.round((utcMidnight(to) - utcMidnight(from)) / DAY_MS);
}

function wholeMonths(from: CalendarDay, to: CalendarDay): number {
  const months = (to.year - from.year) * 12 + (to.month - from.month);
  return to.day < from.day ? months - 1 : months;
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}
