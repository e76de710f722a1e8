import { useEffect, useState } from 'preact/hooks';
import {
  type Answer,
  askMe,
  askUsers,
  askWays,
  chooseRole,
  type Me,
  type RoleHeld,
  signIn,
  signOut,
  type User,
  type Way,
} from './api';
import { signInWithPasskey } from './passkeys';
import { appOf } from './people';

type Loaded = { me: Me | null; ways: Way[]; users: User[] | null } | 'loading' | 'no-answer';

/**
 * Who is signed in and who could be; how to begin and to end a session. `back` is where to go on after that.
 *
 * ```tsx
 * const { loaded, problem, end } = useSession(null);
 * ```
 */
export function useSession(back: string | null) {
  const [loaded, setLoaded] = useState<Loaded>('loading');
  const [problem, setProblem] = useState<string | null>(null);

  const load = async () => {
    const [me, ways, users] = await Promise.all([askMe(), askWays(), askUsers()]);
    const all = me.ok && ways.ok && users.ok;
    setLoaded(all ? { me: me.value, ways: ways.value, users: users.value } : 'no-answer');
  };
  /** Goes to the app of whoever has just signed in, unless they have to say in which role. */
  const goOn = async () => {
    const me = await askMe();
    if (!me.ok || !me.value || me.value.role_required) return load();
    const app = appOf(me.value.user);
    // To another app only if it is that of somebody else, which asks to read for whoever signs in.
    location.assign(back && [app, '/oauth/allow/'].some((start) => back.startsWith(start)) ? back : app);
  };
  const goOnAfter = async (answer: Answer<unknown>, not: string) => {
    if (!answer.ok) return setProblem(`${not}: ${answer.detail ?? 'the service does not answer'}.`);
    setProblem(null);
    await goOn();
  };
  const begin = async (user: User) => goOnAfter(await signIn(user), 'Not signed in');
  const choose = async (role: RoleHeld) => goOnAfter(await chooseRole(role), 'The role was not changed');
  const passkey = async () => goOnAfter(await signInWithPasskey(), 'Not signed in');
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
  return { loaded, problem, begin, passkey, end, choose, load };
}
