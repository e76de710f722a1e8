/** The crew app: find a person, read the urgent page of their plan. It reads; it never writes and never syncs. */
import { DevelopmentBar } from '@coplan/care-plan/components';
import { useEffect, useState } from 'preact/hooks';
import { askMe, signOut, type Me } from './api';
import { belongTo, forgetEverything } from './deviceStore';
import { FindPage } from './pages/FindPage';
import { PlanPage } from './pages/PlanPage';
import { RunPage } from './pages/RunPage';
import { ShutPage } from './pages/ShutPage';
import { AskingPage, SignedOutPage, TroublePage } from './pages/TroublePage';
import { useLaunched } from './useLaunched';
import { useOpening } from './useOpening';

/** The service is given this long to say who is signed in, before the copies on the device are listed without it. */
const WHO_MS = 3_000;

export function App() {
  const { me, known } = useMe();
  return (
    <>
      <Page me={me} known={known} />
      {me?.development && <DevelopmentBar />}
    </>
  );
}

function Page({ me, known }: ReturnType<typeof useMe>) {
  const { opening, open, openAgain, renew, seeNewer, leave } = useOpening();
  const job = useLaunched(me, known, open);
  const [left, setLeft] = useState<'confirmed' | 'unconfirmed' | null>(null);

  const end = async () => {
    await forgetEverything();
    setLeft((await signOut()) ? 'confirmed' : 'unconfirmed');
  };

  if (left) return <SignedOutPage confirmed={left === 'confirmed'} />;
  if (me === null) return <SignedOutPage confirmed />;
  const run = runAt(location.pathname);
  if (run) return <RunPage job={run} />;
  if (!opening) return <FindPage me={me} listCopies={known} open={open} signOut={end} />;
  if (opening.at === 'asking') return <AskingPage {...opening} stop={leave} />;
  if (opening.at === 'shut') {
    const opened = (until: string) => openAgain({ plan: opening.plan, until });
    return <ShutPage {...opening} opened={opened} leave={leave} />;
  }
  if (opening.at === 'trouble') return <TroublePage {...opening} tryAgain={renew} leave={leave} />;
  return <PlanPage plan={opening.plan} job={job} checkAgain={renew} seeNewer={seeNewer} leave={leave} />;
}

/** Who is signed in (`null`: nobody), and whether it has been settled whose copies may be listed. */
function useMe(): { me: Me | null | undefined; known: boolean } {
  const [me, setMe] = useState<Me | null | undefined>(undefined);
  const [known, setKnown] = useState(false);
  useEffect(() => {
    const settle = async () => {
      const user = await askMe();
      if (user === null) await forgetEverything();
      if (user) await belongTo(user.id);
      setMe(user);
      setKnown(true);
    };
    void settle();
    const timer = setTimeout(() => setKnown(true), WHO_MS);
    return () => clearTimeout(timer);
  }, []);
  return { me, known };
}

/** The job of which an address shows what was seen. */
function runAt(path: string): string | null {
  const job = RUN_AT.exec(path)?.[1];
  try {
    return job ? decodeURIComponent(job) : null;
  } catch {
    return null;
  }
}

const RUN_AT = /^\/crew\/runs\/([^/]+)\/?$/;
