import { colour, initials, people, type Present, useObservable } from '@coplan/care-plan/sync';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import { pathKey } from '@coplan/care-plan/fields';

/** Who else is at a field, or anywhere within an item or a list. */
export function usePresentAt(section: string, within: readonly string[]): Present[] {
  const present = useObservable(useOpenPlan().session.present);
  const me = useMe();
  const at = pathKey(within);
  const there = present.filter(
    (one) =>
      one.section === section &&
      one.user !== me.user.id &&
      (one.field === at || one.field?.startsWith(`${at}/`)),
  );
  return people(there);
}

/** Initials, names and organisations of whoever is there; nothing if nobody is. */
export function PresentAt({ section, within }: { section: string; within: readonly string[] }) {
  return <PresentPeople present={usePresentAt(section, within)} />;
}

export function PresentPeople({ present }: { present: Present[] }) {
  if (present.length === 0) return null;
  return (
    <span class="present">
      {present.map((one) => (
        <span class={`present__person present__person--${colour(one.user)}`} key={one.user}>
          <span class={`initials initials--small initials--${colour(one.user)}`} aria-hidden="true">
            {initials(one.name)}
          </span>
          <span>
            {one.name}, {one.organisationName}
          </span>
        </span>
      ))}
    </span>
  );
}
