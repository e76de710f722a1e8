/** The urgent page: who this is, what is not known, what to do now, whom to ring, and how old all of it is. */
import { phoneNumbers } from '@coplan/care-plan/plan';
import { useEffect, useRef, useState } from 'preact/hooks';
import { serviceNowMs } from '../clock';
import { Freshness } from '../components/Freshness';
import { NotHeld } from '../components/NotHeld';
import { PersonBanner } from '../components/PersonBanner';
import { PrintHead } from '../components/PrintHead';
import { RingSheet } from '../components/RingSheet';
import { SectionOfPlan } from '../components/SectionOfPlan';
import { ThemeSwitch } from '../components/ThemeSwitch';
import type { ShownPlan } from '../opening';
import { inCrewOrder, isCrisisPlan, laterPart, urgentPart } from '../reading';
import { useNow } from '../useNow';

interface Props {
  plan: ShownPlan;
  checkAgain(): void;
  seeNewer(): void;
  leave(): void;
}

export function PlanPage({ plan, checkAgain, seeNewer, leave }: Props) {
  const now = serviceNowMs(plan.clock, useNow());
  const { view } = plan;
  const [ringing, setRinging] = useState(false);
  const name = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    name.current?.focus({ preventScroll: true });
  }, [view.plan, view.version]);

  const sections = inCrewOrder(view.sections);
  const numbers = phoneNumbers({ ...view, sections });
  return (
    <div class={plan.freshness === 'checked' && !plan.newer ? 'plan' : 'plan plan--copy'}>
      <div class="plan__paper">
        <PrintHead plan={plan} now={now} />
        <main class="page">
          <Freshness plan={plan} now={now} checkAgain={checkAgain} seeNewer={seeNewer} />
          <PersonBanner heading={name} view={view} now={now} />
          <NotHeld view={view} />
          {!sections.some(isCrisisPlan) && (
            <p class="absent">No signed crisis plan is published for this person.</p>
          )}
          {sections.map((section) => (
            <SectionOfPlan
              key={section.section}
              section={section}
              fields={urgentPart(section)}
              now={now}
              part="urgent"
            />
          ))}
          {sections.some((section) => laterPart(section).length > 0) && (
            <h2 class="divider">The rest of the plan</h2>
          )}
          {sections.map((section) => (
            <SectionOfPlan
              key={section.section}
              section={section}
              fields={laterPart(section)}
              now={now}
              part="rest"
            />
          ))}
          <p class="end">
            End of version {view.version}. <ThemeSwitch />
          </p>
        </main>
      </div>
      <nav class="reach" aria-label="Actions">
        <button type="button" class="button button--plain" onClick={leave}>
          Find another
        </button>
        {numbers.length > 0 && (
          <button type="button" class="button button--ring" onClick={() => setRinging(true)}>
            Ring
          </button>
        )}
      </nav>
      {ringing && <RingSheet numbers={numbers} close={() => setRinging(false)} />}
    </div>
  );
}
