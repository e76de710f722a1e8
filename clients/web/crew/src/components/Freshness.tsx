import { formatAgo, formatMoment, formatTime, isSameDay } from '@coplan/care-plan/plan';
import type { ShownPlan } from '../opening';
import { Icon } from './Icon';

interface Props {
  plan: ShownPlan;
  now: number;
  checkAgain(): void;
  seeNewer(): void;
}

/** When this was published, how old it is, and whether the service has confirmed it just now. */
export function Freshness({ plan, now, checkAgain, seeNewer }: Props) {
  const { view, freshness, newer } = plan;
  return (
    <div class={freshness === 'checked' && !newer ? 'fresh' : 'fresh fresh--warn'} role="status">
      {newer && (
        <p class="fresh__words">
          <Icon of="warning" />
          <strong>
            Version {newer.view.version} has been published. You are reading version {view.version}.
          </strong>
          <button type="button" class="button" onClick={seeNewer}>
            Show version {newer.view.version}
          </button>
        </p>
      )}
      {freshness === 'checked' ? (
        <p class="fresh__words">
          Published <span class="nobreak">{formatMoment(view.published_at)}</span>
          <span class="ago">
            {' '}
            <span class="nobreak">({formatAgo(view.published_at, now)})</span>
          </span>
          , version {view.version}
        </p>
      ) : (
        <SavedCopy plan={plan} now={now} checkAgain={checkAgain} />
      )}
    </div>
  );
}

function SavedCopy({ plan, now, checkAgain }: Omit<Props, 'seeNewer'>) {
  const { view, freshness, checkedAtMs } = plan;
  return (
    <>
      <p class="fresh__words">
        <Icon of="warning" />
        <strong>Saved copy,</strong> published <span class="nobreak">{formatMoment(view.published_at)}</span>
        <span class="ago">
          {' '}
          <span class="nobreak">({formatAgo(view.published_at, now)})</span>
        </span>
        ,{' '}
        <strong>
          not checked since <span class="nobreak">{sinceWords(checkedAtMs, now)}</span>
        </strong>
      </p>
      {plan.newer ? null : freshness === 'checking' ? (
        <p class="fresh__next">Checking for a newer version…</p>
      ) : (
        <p class="fresh__next">
          No answer.
          <button type="button" class="button button--plain" onClick={checkAgain}>
            Check again
          </button>
        </p>
      )}
    </>
  );
}

/** A time of today alone; a time of another day with its day. */
function sinceWords(ms: number, now: number): string {
  return isSameDay(ms, now) ? formatTime(ms) : formatMoment(ms);
}
