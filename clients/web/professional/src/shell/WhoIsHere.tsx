import { colour, initials, people, type Present, useObservable } from '@coplan/care-plan/sync';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';

/** Most people whose initials stand in the bar; the rest are counted. */
const SHOWN_MAX = 4;

/** Everybody else who has this plan open, each once. */
export function useOthers(): Present[] {
  const present = useObservable(useOpenPlan().session.present);
  const me = useMe();
  return people(present.filter((one) => one.user !== me.user.id));
}

/** Who else has this plan open: initials in the bar, and names and organisations as text. */
export function WhoIsHere() {
  const others = useOthers();
  const words = others.map((one) => `${one.name}, ${one.organisationName}`).join('; ');
  return (
    <div class="who-is-here">
      <p class="nhsuk-u-visually-hidden" role="status">
        {others.length === 0 ? 'Nobody else is here' : `Also here: ${words}`}
      </p>
      <ul class="who-is-here__list" aria-hidden="true">
        {others.slice(0, SHOWN_MAX).map((one) => (
          <li key={one.user}>
            <span
              class={`initials initials--${colour(one.user)}`}
              title={`${one.name}, ${one.organisationName}`}
            >
              {initials(one.name)}
            </span>
            {others.length === 1 && (
              <span class="who-is-here__name">
                {one.name}
                <span class="who-is-here__organisation">{one.organisationName}</span>
              </span>
            )}
          </li>
        ))}
        {others.length > SHOWN_MAX && <li>and {others.length - SHOWN_MAX} more</li>}
      </ul>
    </div>
  );
}
