import type { Me } from '../api';
import { appOf, rolePlace, roleTitle, userWords } from '../people';

interface Props {
  me: Me;
  signOut(): void;
  changeRole(): void;
}

const NEXT = {
  '/professional/': 'Open my plans',
  '/crew/': 'Open an urgent plan',
  '/person/': 'Open my plan',
};

/** Who is signed in and in which role, the way to their app, and the way out. */
export function SignedIn({ me, signOut, changeRole }: Props) {
  const { user } = me;
  const app = appOf(user);
  const selected = me.roles?.find((role) => role.selected);
  const words = selected
    ? [roleTitle(selected), rolePlace(selected)].filter(Boolean).join(', ')
    : userWords(user);
  const acts = selected?.role === 'proxy';
  return (
    <section class="panel signed-in" aria-label="Your session">
      <p>
        Signed in as{' '}
        <strong>
          <bdi>{user.name}</bdi>
        </strong>
        {words && user.kind !== 'person' && `, ${words}`}
        {acts && ', for somebody you act for'}
      </p>
      <p class="signed-in__next">
        <a class="button" href={me.only_plan ? `${app}plans/${me.only_plan}` : app}>
          {nextWords(me)}
        </a>
        {(me.roles?.length ?? 0) > 1 && (
          <button type="button" class="button button--plain" onClick={changeRole}>
            Work in another role
          </button>
        )}
        <button type="button" class="button button--plain" onClick={signOut}>
          Sign out
        </button>
      </p>
    </section>
  );
}

function nextWords({ user, only_plan }: Me): string {
  if (only_plan) return 'Open the plan';
  if (user.role === 'privacy-officer') return 'Open what is to review';
  if (user.role === 'analyst') return 'Open the reports';
  return NEXT[appOf(user)];
}
