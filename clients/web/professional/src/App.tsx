import { LocationProvider, Route, Router } from 'preact-iso';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { NotFoundPage } from './pages/NotFoundPage';
import { PlanListPage } from './pages/PlanListPage';
import type { PlanRouteProps } from './pages/PlanRoute';
import { SignOutPage } from './pages/SignOutPage';
import { StartPlanPage } from './pages/StartPlanPage';
import { PageShell } from './shell/PageShell';
import { type SignedIn, SignedInContext } from './signedIn';

/** The staff app's pages. */
export function App({ signedIn }: { signedIn: SignedIn }) {
  return (
    <SignedInContext.Provider value={signedIn}>
      <LocationProvider scope="/professional">
        <Router>
          <Route path="/professional/" component={PlanListPage} />
          <Route path="/professional/start" component={StartPlanPage} />
          <Route path="/professional/sign-out" component={SignOutPage} />
          <Route path="/professional/plans/:plan/:page?" component={LazyPlanRoute} />
          <Route default component={NotFoundPage} />
        </Router>
      </LocationProvider>
    </SignedInContext.Provider>
  );
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
