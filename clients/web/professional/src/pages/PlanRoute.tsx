import { SessionContext } from '@coplan/care-plan/fields';
import { leaseOf } from '@coplan/care-plan/device';
import { Observable, PlanSession, type SectionDocument, useObservable } from '@coplan/care-plan/sync';
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isLaunched, paths, type Plan, type PlanId, Problem, type Sections } from '../api';
import { PageShell } from '../shell/PageShell';
import { useMe, useSignedIn } from '../signedIn';
import type { Section } from '@coplan/care-plan/plan';
import { type Answer, useAnswer } from '../useAnswer';
import { usePlanAnswers } from '../usePlanAnswers';
import { OpenPlanContext } from '../openPlan';
import { HistoryPage } from '../history/HistoryPage';
import { LeaseNotice } from '../lost/LeaseNotice';
import { theRepo } from '../lost/letGo';
import { LostPlan } from '../lost/LostPlan';
import { LostSectionsNotice } from '../lost/LostSectionsNotice';
import { useLostSections } from '../lost/useLostSections';
import { OpenedPage } from '../opened/OpenedPage';
import { SharingPage } from '../sharing/SharingPage';
import { TeamPage } from '../team/TeamPage';
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
  team: TeamPage,
  sharing: SharingPage,
  opened: OpenedPage,
};

/** A plan's pages: opens the plan once, and stays open from one page of it to the next. */
export function PlanRoute({ plan: id, page }: PlanRouteProps) {
  const plan = useAnswer<Plan>(paths.plan(id));
  const sections = useAnswer<Sections>(paths.sections);
  const because = goneBecause(plan, isLaunched(useMe()));
  const body = because === undefined && plan.body?.id === id ? plan.body : undefined;
  const session = usePlanSession(body);
  const answers = usePlanAnswers(body, session, plan.refresh);
  const definitions = sections.body?.sections;
  const lost = useLostSections(body, session, definitions);
  useRefusals(session, plan.refresh);
  const opened = useOpened(id, session);
  if (because) {
    return (
      <PageShell title="Plan">
        <main class="page page--form" id="main">
          <LostPlan
            key={id}
            plan={id}
            because={because}
            documents={opened}
            definitions={definitions ?? NO_DEFINITIONS}
            onOpened={plan.refresh}
          />
        </main>
      </PageShell>
    );
  }
  if (!body || !definitions || !session) {
    return (
      <PageShell title="Plan">
        <main class="page" id="main">
          <Opening problem={plan.problem ?? sections.problem} />
        </main>
      </PageShell>
    );
  }
  const Page = PAGES[page ?? ''];
  const open = { ...answers, plan: body, definitions, session, refresh: plan.refresh };
  return (
    <OpenPlanContext.Provider value={open}>
      <SessionContext.Provider value={session}>
        <PageShell title={body.person.name}>
          <PlanHead back={Page ? 'plan' : 'list'} />
          <LeaseNotice keptAt={plan.keptAt} />
          <RefusalNotice />
          <LostSectionsNotice lost={lost} />
          {Page ? <Page /> : <PlanPage section={page} />}
        </PageShell>
      </SessionContext.Provider>
    </OpenPlanContext.Provider>
  );
}

const NO_DEFINITIONS: Section[] = [];

/** Why a plan may not be read: the server says so, the record that it was opened from has gone on to another, or what this device holds of it was not confirmed for too long. */
function goneBecause(
  { body, keptAt, problem }: Answer<Plan>,
  launched: boolean,
): Problem | 'too-old' | 'closed' | undefined {
  if (launched && problem instanceof Problem && problem.status === 401) return 'closed';
  if (problem instanceof Problem && (problem.status === 403 || problem.status === 404)) return problem;
  return body && keptAt && leaseOf(keptAt, Date.now()).kind === 'ended' ? 'too-old' : undefined;
}

/** The sections that this page had open last, of this plan. */
function useOpened(id: PlanId, session: PlanSession | undefined): SectionDocument[] | undefined {
  const last = useRef<PlanSession | undefined>(undefined);
  if (session) last.current = session;
  return last.current?.plan === id ? last.current.sections : undefined;
}

/** The hub does not give a section, or has hung up: the server says at once what is left of the plan. */
function useRefusals(session: PlanSession | undefined, refresh: () => void): void {
  const refusals = useObservable(session?.refusals ?? NONE);
  useEffect(() => {
    if (refusals > 0) refresh();
  }, [refusals, refresh]);
  const online = useObservable(session?.online ?? NEVER);
  const wasOnline = useRef(false);
  useEffect(() => {
    if (wasOnline.current && !online) refresh();
    wasOnline.current = online;
  }, [online, refresh]);
}

const NONE = new Observable(0);
const NEVER = new Observable(false);

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
    void theRepo(me.user.id).then((open) => {
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
  return (
    <>
      <h1>This plan does not open</h1>
      <p>
        The server cannot be reached, and this plan was never opened on this device. Try again when there is a
        signal.
      </p>
      <p>
        <a href="/professional/">All plans</a>
      </p>
    </>
  );
}
