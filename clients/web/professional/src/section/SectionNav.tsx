import { colour, initials, people, useObservable } from '@coplan/care-plan/sync';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import type { SectionStanding } from '../signing/useToSign';
import { standingWords } from './standingWords';

interface SectionNavProps {
  standings: SectionStanding[];
  current: SectionStanding | undefined;
  onChoose: () => void;
}

/** The plan's sections: how each stands, and who is in it. */
export function SectionNav({ standings, current, onChoose }: SectionNavProps) {
  const { plan, session } = useOpenPlan();
  const present = useObservable(session.present);
  const me = useMe();
  return (
    <nav class="plan__nav" aria-label="Sections">
      <ul class="section-nav">
        {standings.map((one) => {
          const { icon, words } = standingWords(one);
          const id = one.definition.id;
          const here = people(
            present.filter((person) => person.section === id && person.here && person.user !== me.user.id),
          );
          return (
            <li key={id}>
              <a
                class="section-nav__link"
                href={`/professional/plans/${plan.id}/${id}`}
                aria-current={one === current ? 'page' : undefined}
                onClick={onChoose}
              >
                <span class="section-nav__title">{one.definition.title}</span>
                <span class="section-nav__standing">
                  <span aria-hidden="true">{icon} </span>
                  {words}
                </span>
                {here.length > 0 && (
                  <span class="section-nav__here">
                    <span class="nhsuk-u-visually-hidden">
                      , here: {here.map((person) => person.name).join(', ')}
                    </span>
                    {here.map((person) => (
                      <span
                        class={`initials initials--small initials--${colour(person.user)}`}
                        key={person.user}
                        aria-hidden="true"
                      >
                        {initials(person.name)}
                      </span>
                    ))}
                  </span>
                )}
              </a>
            </li>
          );
        })}
      </ul>
      {plan.published_only.length > 0 && (
        <div class="section-nav__others">
          <h2 class="nhsuk-heading-xs">Not open to your role</h2>
          <ul>
            {plan.published_only.map(({ section, title }) => (
              <li key={section}>{title}</li>
            ))}
          </ul>
        </div>
      )}
    </nav>
  );
}
