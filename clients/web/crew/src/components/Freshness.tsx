import { formatAgo, formatMoment, formatTime, isSameDay } from '@coplan/care-plan/plan';
import type { ShownPlan } from '../opening';
import { Icon } from './Icon';

interface Props {
  plan: ShownPlan;
  /** The emergency that the crew was sent to. */
  job: string | null;
  now: number;
  checkAgain(): void;
  seeNewer(): void;
}

/** When this was published, how old it is, and when the service last confirmed it. */
export function Freshness({ plan, job, now, checkAgain, seeNewer }: Props) {
  const isCurrent = plan.freshness === 'checked' && !plan.newer;
  return (
    <div class={isCurrent ? 'fresh' : 'fresh fresh--warn'}>
      {plan.freshness === 'checked' ? (
        <Published plan={plan} now={now} />
      ) : (
        <SavedCopy plan={plan} now={now} />
      )}
      {job && (
        <p class="job">
          Job <bdi>{job}</bdi>
        </p>
      )}
      {/* Read out when it changes; the ages above change every minute and are not. */}
      <div role="status">
        <Next plan={plan} now={now} checkAgain={checkAgain} seeNewer={seeNewer} />
      </div>
    </div>
  );
}

function Published({ plan: { view, checkedAtMs }, now }: Pick<Props, 'plan' | 'now'>) {
  return (
    <p>
      Published <span class="nobreak">{formatMoment(view.published_at)}</span>
      <span class="ago">
        {' '}
        <span class="nobreak">({formatAgo(view.published_at, now)})</span>
      </span>
      , version {view.version}, <span class="nobreak">checked {since(checkedAtMs, now)}</span>
    </p>
  );
}

function SavedCopy({ plan: { view, checkedAtMs }, now }: Pick<Props, 'plan' | 'now'>) {
  return (
    <p>
      <Icon of="warning" />
      <strong>Saved copy,</strong> published <span class="nobreak">{formatMoment(view.published_at)}</span>
      <span class="ago">
        {' '}
        <span class="nobreak">({formatAgo(view.published_at, now)})</span>
      </span>
      ,{' '}
      <strong>
        not checked since <span class="nobreak">{since(checkedAtMs, now)}</span>
      </strong>
    </p>
  );
}

function Next({ plan: { view, freshness, newer }, now, checkAgain, seeNewer }: Omit<Props, 'job'>) {
  if (newer) {
    return (
      <p class="fresh__next">
        <span>
          <strong>A newer version was published {at(newer.view.published_at, now)}.</strong> You are reading
          version {view.version}.
        </span>
        <button type="button" class="button" onClick={seeNewer}>
          Show it
        </button>
      </p>
    );
  }
  if (freshness === 'checking') return <p>Checking for a newer version…</p>;
  if (freshness === 'checked') return null;
  return (
    <p class="fresh__next">
      No answer.
      <button type="button" class="button button--plain" onClick={checkAgain}>
        Check again
      </button>
    </p>
  );
}

/** "at 14:05" today; another day with its name. */
function at(moment: string, now: number): string {
  return isSameDay(moment, now) ? `at ${formatTime(moment)}` : `on ${formatMoment(moment)}`;
}

/** A time of today alone; a time of another day with its day. */
function since(ms: number, now: number): string {
  return isSameDay(ms, now) ? formatTime(ms) : formatMoment(ms);
}
