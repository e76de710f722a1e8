import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BreakGlassPage } from './access/BreakGlassPage';
import { FindPage } from './access/FindPage';
import { isLaunched } from './api';
import { LaunchedPage } from './pages/LaunchedPage';
import { NotFoundPage } from './pages/NotFoundPage';
import { PlanListPage } from './pages/PlanListPage';
import type { PlanRouteProps } from './pages/PlanRoute';
import { SignOutPage } from './pages/SignOutPage';
import { StartPlanPage } from './pages/StartPlanPage';
import { ReportsPage } from './pages/ReportsPage';
import { ReviewItemPage } from './review/ReviewItemPage';
import { ReviewPage } from './review/ReviewPage';
import { PageShell } from './shell/PageShell';
import { type SignedIn, SignedInContext, useSignedIn } from './signedIn';

/** The staff app's pages. A privacy officer has the review alone, an analyst the reports; who came from another record, one plan. */
export function App({ signedIn }: { signedIn: SignedIn }) {
  const { user, only_plan } = signedIn.me;
  const home = only_plan ? OnlyPlan : isLaunched(signedIn.me) ? LaunchedPage : PlanListPage;
  return (
    <SignedInContext.Provider value={signedIn}>
      <LocationProvider scope="/professional">
        {user.role === 'privacy-officer' ? (
          <OfficerPages />
        ) : user.role === 'analyst' ? (
          <AnalystPages />
        ) : (
          <Router>
            <Route path="/professional/" component={home} />
            <Route path="/professional/start" component={StartPlanPage} />
            <Route path="/professional/find" component={FindPage} />
            <Route path="/professional/break-glass/:plan?" component={BreakGlassPage} />
            <Route path="/professional/launched" component={LaunchedPage} />
            <Route path="/professional/sign-out" component={SignOutPage} />
            <Route path="/professional/plans/:plan/:page?" component={LazyPlanRoute} />
            <Route default component={NotFoundPage} />
          </Router>
        )}
      </LocationProvider>
    </SignedInContext.Provider>
  );
}

/** For privacy officers, who see no plan. */
function OfficerPages() {
  return (
    <Router>
      <Route path="/professional/" component={ReviewPage} />
      <Route path="/professional/review" component={ReviewPage} />
      <Route path="/professional/review/:id" component={ReviewItemPage} />
      <Route path="/professional/sign-out" component={SignOutPage} />
      <Route default component={NotFoundPage} />
    </Router>
  );
}

/** For analysts, who see no plan either. */
function AnalystPages() {
  return (
    <Router>
      <Route path="/professional/" component={ReportsPage} />
      <Route path="/professional/sign-out" component={SignOutPage} />
      <Route default component={NotFoundPage} />
    </Router>
  );
}

/** The session was opened for one plan: there is no list. */
function OnlyPlan() {
  const { me } = useSignedIn();
  const { route } = useLocation();
  useEffect(() => route(`/professional/plans/${me.only_plan}`, true), [me, route]);
  return null;
}

/** The plan pages bring Automerge with them, so they are fetched when the first plan is opened. */
function LazyPlanRoute(props: PlanRouteProps) {
  const [PlanRoute, setPlanRoute] = useState<ComponentType<PlanRouteProps>>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import('./pages/PlanRoute').then(
      (module) => setPlanRoute(() => module.PlanRoute),
      () => setFailed(true),
    );
  }, []);
  if (PlanRoute) return <PlanRoute {...props} />;
  return (
    <PageShell title="Plan">
      <main class="page" id="main">
        <p role="status">
          {failed
            ? 'The plan pages could not be fetched. Try again when there is a signal.'
            : 'Opening the plan…'}
        </p>
      </main>
    </PageShell>
  );
}
