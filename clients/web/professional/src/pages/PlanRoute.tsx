import { openRepo, type OpenRepo, PlanSession } from '@coplan/care-plan/sync';
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { paths, type Plan, type PlanId, Problem, type Sections, sessionStands } from '../api';
import { PageShell } from '../shell/PageShell';
import { useSignedIn } from '../signedIn';
import { useAnswer } from '../useAnswer';
import { usePlanAnswers } from '../usePlanAnswers';
import { OpenPlanContext } from '../openPlan';
import { HistoryPage } from '../history/HistoryPage';
import { PlanHead } from '../shell/PlanHead';
import { RefusalNotice } from '../shell/RefusalNotice';
import { SuggestionsPage } from '../suggestions/SuggestionsPage';
import { PlanPage } from './PlanPage';
import { SignPage } from './SignPage';

export interface PlanRouteProps {
  plan: PlanId;
  page?: string;
}

/** The pages of a plan beside its sections; any other name is a section's. */
const PAGES: Record<string, ComponentType> = {
  'sign-and-publish': SignPage,
  suggestions: SuggestionsPage,
  history: HistoryPage,
};

let repo: Promise<OpenRepo> | undefined;

/** A plan's pages: opens the plan once, and stays open from one page of it to the next. */
export function PlanRoute({ plan: id, page }: PlanRouteProps) {
  const plan = useAnswer<Plan>(paths.plan(id));
  const sections = useAnswer<Sections>(paths.sections);
  const session = usePlanSession(plan.body?.id === id ? plan.body : undefined);
  const answers = usePlanAnswers(plan.body?.id === id ? plan.body : undefined, session, plan.refresh);
  const definitions = sections.body?.sections;
  if (!plan.body || !definitions || !session) {
    return (
      <PageShell title="Plan">
        <main class="page" id="main">
          <Opening problem={plan.problem ?? sections.problem} />
        </main>
      </PageShell>
    );
  }
  const Page = PAGES[page ?? ''];
  const open = { ...answers, plan: plan.body, definitions, session, refresh: plan.refresh };
  return (
    <OpenPlanContext.Provider value={open}>
      <PageShell title={plan.body.person.name}>
        <PlanHead back={Page ? 'plan' : 'list'} />
        <RefusalNotice />
        {Page ? <Page /> : <PlanPage section={page} />}
      </PageShell>
    </OpenPlanContext.Provider>
  );
}

/** One session for one plan and one set of rights; another when either changes. */
function usePlanSession(plan: Plan | undefined): PlanSession | undefined {
  const { me, device } = useSignedIn();
  const [session, setSession] = useState<PlanSession>();
  const rights = plan && JSON.stringify([plan.id, plan.sections.map(({ url, access }) => [url, access])]);
  // The plan is re-read often; only its id and the rights in it make another session.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const opened = useMemo(() => plan, [rights]);
  useEffect(() => {
    if (!opened) return;
    let wanted = true;
    let made: PlanSession | undefined;
    repo ??= openRepo(me.user.id, sessionStands);
    void repo.then((open) => {
      if (!wanted) return;
      made = new PlanSession(opened.id, opened.sections, open, device);
      made.open();
      setSession(made);
    });
    return () => {
      wanted = false;
      made?.close();
      setSession(undefined);
    };
  }, [opened, me, device]);
  return session;
}

function Opening({ problem }: { problem: Error | undefined }) {
  if (!problem) return <p role="status">Opening the plan…</p>;
  const words =
    problem instanceof Problem
      ? 'You cannot open this plan, or there is none at this address.'
      : 'The server cannot be reached, and this plan was never opened on this device. Try again when there is a signal.';
  return (
    <>
      <h1>This plan does not open</h1>
      <p>{words}</p>
      <p>
        <a href="/professional/">All plans</a>
      </p>
    </>
  );
}
