/** The front page: what Coplan is, its apps, and who is signed in. */
import { useEffect, useState } from 'preact/hooks';
import { askMe, askUsers, signIn, signOut, type User } from './api';
import { Apps } from './components/Apps';
import { SignedIn } from './components/SignedIn';
import { SignInList } from './components/SignInList';
import { appOf } from './people';

type Loaded = { me: User | null; users: User[] | null } | 'loading' | 'no-answer';

export function App() {
  const { loaded, problem, begin, end, load } = useSession();
  return (
    <>
      <header class="head">
        <p class="head__name">Coplan</p>
      </header>
      <main class="page">
        <h1>One care plan, written together</h1>
        <p class="lead">
          Coplan holds one care plan for each person with a long-term or life-limiting condition. Everybody
          who looks after them writes it together, with or without a signal, and an ambulance crew reads what
          matters in seconds.
        </p>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {loaded === 'loading' && <p role="status">Looking who is signed in…</p>}
        {loaded === 'no-answer' && (
          <div class="panel" role="status">
            <p>
              The service does not answer. Nothing is lost: what was typed stays on the device it was typed
              on.
            </p>
            <button type="button" class="button" onClick={load}>
              Try again
            </button>
          </div>
        )}
        {typeof loaded === 'object' && (
          <>
            {loaded.me && <SignedIn user={loaded.me} signOut={end} />}
            <Apps />
            {loaded.users ? (
              <SignInList users={loaded.users} me={loaded.me} signIn={begin} />
            ) : (
              !loaded.me && (
                <p class="panel">
                  To sign in, open Coplan from the record system that you work in every day.
                </p>
              )
            )}
          </>
        )}
      </main>
      <footer class="foot">
        <p>Coplan is open-source software under the MIT or Apache 2.0 licence. It is not an NHS service.</p>
      </footer>
    </>
  );
}

/** Who is signed in and who could be; how to begin and to end a session. */
function useSession() {
  const [loaded, setLoaded] = useState<Loaded>('loading');
  const [problem, setProblem] = useState<string | null>(null);

  const load = async () => {
    const [me, users] = await Promise.all([askMe(), askUsers()]);
    setLoaded(me.ok && users.ok ? { me: me.value, users: users.value } : 'no-answer');
  };
  const begin = async (user: User) => {
    const answer = await signIn(user);
    const app = appOf(user);
    if (answer.ok && app) location.assign(app);
    else if (answer.ok) await load();
    else setProblem(`Not signed in: ${answer.detail ?? 'the service does not answer'}.`);
  };
  const end = async () => {
    const answer = await signOut();
    setProblem(answer.ok ? null : 'Not signed out: the service does not answer. Try again.');
    if (answer.ok) await load();
  };

  useEffect(() => {
    void load();
    // Back from an app, perhaps signed out there: a page out of the browser's memory asks again.
    const shown = (event: PageTransitionEvent) => event.persisted && void load();
    addEventListener('pageshow', shown);
    return () => removeEventListener('pageshow', shown);
  }, []);
  return { loaded, problem, begin, end, load };
}
