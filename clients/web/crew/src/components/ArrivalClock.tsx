import { formatTime } from '@coplan/care-plan/plan';
import { useContext } from 'preact/hooks';
import { ArrivalContext, countdown } from '../arrival';
import { Icon } from './Icon';

/** Counts the minutes of a plan from the moment at which somebody says that the person is there. */
export function ArrivalClock({ minutes }: { minutes: number }) {
  const arrival = useContext(ArrivalContext);
  if (!arrival) return null;
  const { atMs, now, set } = arrival;
  if (atMs === null) {
    return (
      <button type="button" class="button button--plain clock" onClick={() => set(now)}>
        Arrived now: count {minutes} minutes
      </button>
    );
  }
  const { dueMs, left } = countdown(atMs, minutes, now);
  return (
    <div class={left > 0 ? 'clock' : 'clock clock--over'}>
      <p role="timer">
        <strong class="clock__left">
          {left <= 0 && <Icon of="warning" />}
          {left > 0 ? `${minutesOf(left)} left` : overdue(-left)}
        </strong>{' '}
        <span class="nobreak">Arrived {formatTime(atMs)},</span>{' '}
        <span class="nobreak">due by {formatTime(dueMs)}.</span>
      </p>
      <button type="button" class="button button--plain" onClick={() => set(null)}>
        Not arrived
      </button>
    </div>
  );
}

const minutesOf = (count: number): string => (count === 1 ? '1 minute' : `${count} minutes`);

const overdue = (minutes: number): string => (minutes === 0 ? 'Due now' : `Overdue by ${minutesOf(minutes)}`);
