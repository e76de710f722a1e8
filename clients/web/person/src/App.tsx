/**
 * The person's app: their own plan, who has opened it, and who can see it. It reads what was published, and fetches what
 * it takes to write only when somebody does.
 */
import { DevelopmentBar } from '@coplan/care-plan/components';
import { LocationProvider, Route, Router } from 'preact-iso';
import { paths, type Me } from './api';
import { MeContext } from './me';
import { HomePage } from './HomePage';
import { PlanRoute } from './PlanRoute';
import { OutsidePage, TroublePage, WaitingPage } from './shell/OutsidePage';
import { useAsked } from './useAsked';

/** Whose app this is. */
const ROLES = ['person', 'proxy'];

export function App() {
  const { asked, again } = useAsked<Me>(paths.me);
  if (asked.at === 'asking') return <WaitingPage />;
  if (asked.at === 'trouble') {
    return asked.trouble === 'no-answer' ? (
      <TroublePage trouble={asked.trouble} again={again} />
    ) : (
      <OutsidePage why="signed-out" />
    );
  }
  const me = asked.value;
  return (
    <>
      {me.development && <DevelopmentBar />}
      {ROLES.includes(me.user.role ?? '') && !me.role_required ? (
        <MeContext.Provider value={me}>
          <Pages />
        </MeContext.Provider>
      ) : (
        <OutsidePage why="somebody-else" />
      )}
    </>
  );
}

function Pages() {
  return (
    <LocationProvider scope="/person">
      <Router>
        <Route path="/person/" component={HomePage} />
        <Route path="/person/plans/:plan/:page?" component={PlanRoute} />
        <Route path="/person/plans/:plan/:page/:section/:field?" component={PlanRoute} />
        <Route default component={() => <TroublePage trouble="not-found" />} />
      </Router>
    </LocationProvider>
  );
}
