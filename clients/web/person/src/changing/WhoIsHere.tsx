import { useSession } from '@coplan/care-plan/fields';
import { people, type Present, useObservable } from '@coplan/care-plan/sync';
import { useMe } from '../me';
import { withTitle } from '../plan/wrote';

/** Who else is at this part of the plan, or in one field of it. */
export function useOthers(section: string, field?: string): Present[] {
  const present = useObservable(useSession().present);
  const me = useMe();
  return people(
    present.filter(
      (one) =>
        one.user !== me.user.id &&
        one.section === section &&
        (field === undefined ? one.here : one.field === field || one.field?.startsWith(`${field}/`)),
    ),
  );
}

/** Who else is here, in a sentence: "Denise Campbell, sickle cell nurse specialist, is here too." */
export function WhoIsHere({ section }: { section: string }) {
  const others = useOthers(section);
  return (
    <p class="changing__others" role="status">
      {hereWords(others)}
    </p>
  );
}

/** Who is in this very field. */
export function WritesHere({ section, field }: { section: string; field: string }) {
  const [first, ...more] = useOthers(section, field);
  if (!first) return null;
  return (
    <p class="box__other">
      <bdi>{first.name}</bdi> {more.length > 0 ? `and ${more.length} more are` : 'is'} writing here now
    </p>
  );
}

/** Who is here, each by name and what they are. */
export function hereWords(others: Pick<Present, 'name' | 'jobTitle'>[]): string {
  if (others.length === 0) return '';
  const each = others.map(({ name, jobTitle }) => withTitle(name, jobTitle));
  const last = each.pop();
  return each.length === 0 ? `${last} is here too.` : `${each.join(', ')} and ${last} are here too.`;
}
