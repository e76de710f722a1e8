import type { User } from '../api';
import { appOf } from '../people';

/** Who is signed in, the way to their app, and the way out. */
export function SignedIn({ user, signOut }: { user: User; signOut(): void }) {
  const app = appOf(user);
  return (
    <section class="panel signed-in" aria-label="Your session">
      <p>
        Signed in as{' '}
        <strong>
          <bdi>{user.name}</bdi>
        </strong>
        , {user.job_title}, {user.organisation}
      </p>
      <p class="signed-in__next">
        {app && (
          <a class="button" href={app}>
            {app === '/crew/' ? 'Open an urgent plan' : 'Open my plans'}
          </a>
        )}
        <button type="button" class="button button--plain" onClick={signOut}>
          Sign out
        </button>
      </p>
    </section>
  );
}
