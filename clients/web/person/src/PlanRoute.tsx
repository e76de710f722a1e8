import type { ComponentType } from 'preact';
import { paths, type Plan } from './api';
import { OpenedPage } from './opened/OpenedPage';
import { PlanPage } from './plan/PlanPage';
import { SharingPage } from './sharing/SharingPage';
import { TroublePage, WaitingPage } from './shell/OutsidePage';
import { PlanShell } from './shell/PlanShell';
import { useAsked } from './useAsked';
import { type Whose, whoseIs } from './whose';

/** What a page about one plan is told. */
export interface PageProps {
  plan: Plan;
  whose: Whose;
}

const PAGES: Record<string, ComponentType<PageProps>> = {
  '': PlanPage,
  opened: OpenedPage,
  sharing: SharingPage,
};

/** One plan and the page of it that the address names. */
export function PlanRoute({ plan, page = '' }: { plan: string; page?: string }) {
  const { asked, again } = useAsked<Plan>(paths.plan(plan));
  if (asked.at === 'asking') return <WaitingPage />;
  if (asked.at === 'trouble') return <TroublePage trouble={asked.trouble} again={again} />;
  const Page = PAGES[page];
  if (!Page) return <TroublePage trouble="not-found" />;
  const whose = whoseIs(asked.value);
  return (
    <PlanShell plan={asked.value} whose={whose} page={page}>
      <Page key={plan} plan={asked.value} whose={whose} />
    </PlanShell>
  );
}
