/** The front page: what Coplan is, how to sign in, in which role, and the way to the apps. */
import { DevelopmentBar } from '@coplan/care-plan/components';
import { useEffect, useState } from 'preact/hooks';
import { ActFor } from './components/ActFor';
import { Apps } from './components/Apps';
import { ChooseRole } from './components/ChooseRole';
import { SignedIn } from './components/SignedIn';
import { SignInList } from './components/SignInList';
import { Ways } from './components/Ways';
import { returnOf, troubleOf } from './trouble';
import { useSession } from './useSession';

export function App() {
  const [trouble] = useState(() => troubleOf(location.search));
  const [back] = useState(() => returnOf(location.search));
  const session = useSession(back);
  const { loaded, problem } = session;
  // Said once: a page that is opened again from the history tells no old trouble.
  useEffect(() => {
    if (trouble) history.replaceState(null, '', location.pathname);
  }, [trouble]);
  const development = typeof loaded === 'object' && (loaded.users !== null || loaded.me?.development);
  return (
    <>
      {development && <DevelopmentBar />}
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
        {trouble && (
          <div class="problem" role="alert">
            <p>{trouble.what}</p>
            <p class="problem__todo">{trouble.todo}</p>
          </div>
        )}
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
            <button type="button" class="button" onClick={session.load}>
              Try again
            </button>
          </div>
        )}
        {typeof loaded === 'object' && <Session {...session} loaded={loaded} back={back} />}
      </main>
      <footer class="foot">
        <p>Coplan is open-source software under the MIT or Apache 2.0 licence. It is not an NHS service.</p>
      </footer>
    </>
  );
}

type SessionProps = ReturnType<typeof useSession> & {
  loaded: Exclude<ReturnType<typeof useSession>['loaded'], string>;
  back: string | null;
};

function Session({ loaded, back, begin, passkey, end, choose }: SessionProps) {
  const { me, ways, users } = loaded;
  const [changing, setChanging] = useState(false);
  const mustChoose = me?.role_required === true;
  const development = users && <SignInList users={users} me={me?.user ?? null} signIn={begin} />;
  if (me && (mustChoose || changing)) {
    return (
      <>
        <ChooseRole me={me} choose={choose} {...(mustChoose ? {} : { cancel: () => setChanging(false) })} />
        {mustChoose && (
          <p>
            <button type="button" class="button button--plain" onClick={end}>
              Sign out
            </button>
          </p>
        )}
      </>
    );
  }
  return (
    <>
      {me && <SignedIn me={me} signOut={end} changeRole={() => setChanging(true)} />}
      {me?.user.role === 'proxy' && <ActFor />}
      {!me && (ways.some(({ kind }) => kind !== 'development') || !users) && (
        <Ways ways={ways} back={back} passkey={passkey} />
      )}
      {!me?.only_plan && <Apps />}
      {development}
    </>
  );
}
