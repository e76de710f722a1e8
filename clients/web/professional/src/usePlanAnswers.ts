import type { PublishedView } from '@coplan/care-plan/plan';
import { type WaitingCommand } from '@coplan/care-plan/device';
import { Observable, type PlanSession, useObservable } from '@coplan/care-plan/sync';
import { useEffect, useMemo } from 'preact/hooks';
import { paths, type Plan } from './api';
import type { Decisions } from './decisions/decision';
import { WaitingCommands } from './decisions/waitingCommands';
import type { Conflicts } from '@coplan/care-plan/fields';
import { useDevice, useMe } from './signedIn';
import type { Suggestions } from './suggestions/suggestion';
import { type Answer, useAnswer } from './useAnswer';

const NOTHING_WAITS = new Observable<WaitingCommand[]>([]);
const NEVER = new Observable(false);

/** What the server says of a plan beside its documents. */
export interface PlanAnswers {
  decisions: Answer<Decisions>;
  conflicts: Answer<Conflicts>;
  suggestions: Answer<Suggestions>;
  view: Answer<PublishedView>;
  waiting: WaitingCommands;
}

/** How often the server is asked what is new, while the page is looked at. */
const REFRESH_MS = 15_000;
/** How soon after a change has been stored the server is asked what it makes of it. */
const SETTLED_AFTER_MS = 700;

/** Asks what the server says of a plan: again and again, after every change that is stored, and on coming back. */
export function usePlanAnswers(
  plan: Plan | undefined,
  session: PlanSession | undefined,
  refreshPlan: () => void,
): PlanAnswers {
  const me = useMe();
  const device = useDevice();
  const id = plan?.id;
  const decisions = useAnswer<Decisions>(id && paths.decisions(id));
  const conflicts = useAnswer<Conflicts>(id && paths.conflicts(id));
  const suggestions = useAnswer<Suggestions>(id && paths.suggestions(id));
  // Whoever syncs every section reads the documents; the published view is for the others.
  const reads = me.user.role === 'social-care' ? 'social-care' : 'clinical';
  const wanted = plan && plan.version > 0 && plan.published_only.length > 0;
  const view = useAnswer<PublishedView>(wanted ? paths.view(plan.id, reads) : undefined);
  const waiting = useMemo(() => (id ? new WaitingCommands(id, device) : undefined), [id, device]);
  useEffect(() => void waiting?.open(), [waiting]);

  const asks = useMemo(
    () => [decisions.refresh, conflicts.refresh, suggestions.refresh, view.refresh],
    [decisions.refresh, conflicts.refresh, suggestions.refresh, view.refresh],
  );
  useRegularly(asks, refreshPlan);
  useAfterStoring(session, asks);
  useSending(session, waiting, asks);
  return { decisions, conflicts, suggestions, view, waiting: waiting as WaitingCommands };
}

function useRegularly(asks: (() => void)[], refreshPlan: () => void): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== 'visible') return;
      refreshPlan();
      for (const ask of asks) ask();
    };
    const timer = setInterval(look, REFRESH_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [asks, refreshPlan]);
}

/** Somebody changed the plan and the hub has it: what disagrees or contradicts may be different now. */
function useAfterStoring(session: PlanSession | undefined, asks: (() => void)[]): void {
  useEffect(() => {
    if (!session) return;
    let timer = 0;
    const soon = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        if (session.sections.every(({ state }) => state.value.waiting === 0)) for (const ask of asks) ask();
      }, SETTLED_AFTER_MS);
    };
    const endings = session.sections.map(({ state }) => {
      let before = state.value;
      return state.subscribe(() => {
        const now = state.value;
        const isNew =
          before.phase === 'ready' &&
          (now.heads.join() !== before.heads.join() || now.waiting < before.waiting);
        before = now;
        if (isNew) soon();
      });
    });
    return () => {
      window.clearTimeout(timer);
      endings.forEach((end) => end());
    };
  }, [session, asks]);
}

/** Sends what waits as soon as there is a connection. */
function useSending(
  session: PlanSession | undefined,
  waiting: WaitingCommands | undefined,
  asks: (() => void)[],
): void {
  const online = useObservable(session?.online ?? NEVER);
  const all = useObservable(waiting?.all ?? NOTHING_WAITS);
  const held = all.some(({ refused }) => !refused);
  useEffect(() => {
    if (!session) return;
    // What waits here is counted with everything else that waits.
    const open = all.filter(({ refused }) => !refused);
    const keys = open.map(({ id, body }) => `command/${id}/${String(body.command)}`);
    for (const key of keys) session.setDraft(key, { label: 'A decision' });
    return () => keys.forEach((key) => session.setDraft(key, undefined));
  }, [session, all]);
  useEffect(() => {
    if (!online || !waiting || !held) return;
    void waiting.sendAll().then((carriedOut) => {
      if (carriedOut) for (const ask of asks) ask();
    });
  }, [online, held, waiting, asks]);
}
