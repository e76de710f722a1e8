/** The urgent page: who this is, what is not known, what to do now, whom to ring, and how old all of it is. */
import { formatTime, inCrewOrder, phoneNumbers } from '@coplan/care-plan/plan';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ArrivalContext, useArrival } from '../arrival';
import { serviceNowMs } from '../clock';
import { Freshness } from '../components/Freshness';
import { PlanBody } from '../components/PlanBody';
import { PrintHead } from '../components/PrintHead';
import { RingSheet } from '../components/RingSheet';
import { ThemeSwitch } from '../components/ThemeSwitch';
import { VaultSheet } from '../components/VaultSheet';
import type { ShownPlan } from '../opening';
import { useNow } from '../useNow';

interface Props {
  plan: ShownPlan;
  /** The emergency that the crew was sent to. */
  job: string | null;
  checkAgain(): void;
  seeNewer(): void;
  leave(): void;
}

export function PlanPage({ plan, job, checkAgain, seeNewer, leave }: Props) {
  const now = serviceNowMs(plan.clock, useNow());
  const { view } = plan;
  const [sheet, setSheet] = useState<'ring' | 'vault' | null>(null);
  const arrival = useArrival(view.plan, now);
  const name = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    name.current?.focus({ preventScroll: true });
  }, [view.plan, view.version]);

  const numbers = phoneNumbers({ ...view, sections: inCrewOrder(view.sections) });
  const close = () => setSheet(null);
  return (
    <div class={plan.freshness === 'checked' && !plan.newer ? 'plan' : 'plan plan--copy'}>
      <div class="plan__paper">
        <PrintHead plan={plan} now={now} />
        <main class="page">
          <Freshness plan={plan} job={job} now={now} checkAgain={checkAgain} seeNewer={seeNewer} />
          {plan.until && <TimeLeft until={plan.until} now={now} />}
          <ArrivalContext.Provider value={arrival}>
            <PlanBody heading={name} view={view} now={now} />
          </ArrivalContext.Provider>
          <p class="end">
            End of version {view.version}.{' '}
            {job && (
              <a class="call call--line" href={`/crew/runs/${encodeURIComponent(job)}`}>
                What was seen in job {job}
              </a>
            )}
            <ThemeSwitch />
          </p>
        </main>
      </div>
      <nav class="reach" aria-label="Actions">
        <button type="button" class="button button--plain" onClick={leave}>
          Find another
        </button>
        <button type="button" class="button button--plain" onClick={() => setSheet('vault')}>
          Key safe
        </button>
        {numbers.length > 0 && (
          <button type="button" class="button button--ring" onClick={() => setSheet('ring')}>
            Ring
          </button>
        )}
      </nav>
      {sheet === 'ring' && <RingSheet numbers={numbers} close={close} />}
      {sheet === 'vault' && <VaultSheet plan={view.plan} job={job} close={close} />}
    </div>
  );
}

/** How long a plan that was opened in an emergency may still be read. */
function TimeLeft({ until, now }: { until: string; now: number }) {
  const minutes = Math.max(0, Math.ceil((Date.parse(until) - now) / MINUTE_MS));
  return (
    <p class="time-left">
      <strong>Opened in an emergency.</strong> You may read it until {formatTime(until)}
      <span class="ago">
        {' '}
        ({minutes} {minutes === 1 ? 'minute' : 'minutes'} left)
      </span>
      .
    </p>
  );
}

const MINUTE_MS = 60_000;
