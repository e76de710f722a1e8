import { inCrewOrder, isCrisisPlan, laterPart, type PublishedView, urgentPart } from '@coplan/care-plan/plan';
import type { RefObject } from 'preact';
import { NowContext } from '../now';
import { NotHeld } from './NotHeld';
import { PersonBanner } from './PersonBanner';
import { SectionOfPlan } from './SectionOfPlan';
import { Withheld } from './Withheld';

interface Props {
  view: PublishedView;
  /** By which ages are told. */
  now: number;
  heading: RefObject<HTMLHeadingElement | null>;
}

/** Who this is, what is not known, what to do now, and then the rest: the same today and in a replay. */
export function PlanBody({ view, now, heading }: Props) {
  const sections = inCrewOrder(view.sections);
  return (
    <NowContext.Provider value={now}>
      <PersonBanner heading={heading} view={view} now={now} />
      <Withheld view={view} />
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
    </NowContext.Provider>
  );
}
