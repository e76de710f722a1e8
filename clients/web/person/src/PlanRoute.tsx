import type { ComponentType } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { paths, type Plan } from './api';
import { ChangeRoute } from './ChangeRoute';
import { useLost } from './lost';
import { OpenedPage } from './opened/OpenedPage';
import type { PageProps } from './pageProps';
import { PlanPage } from './plan/PlanPage';
import { SharingPage } from './sharing/SharingPage';
import { LostWords } from './shell/LostWords';
import { TroublePage, WaitingPage } from './shell/OutsidePage';
import { PlanShell } from './shell/PlanShell';
import { useAsked } from './useAsked';
import { whoseIs } from './whose';

const PAGES: Record<string, ComponentType<PageProps>> = {
  '': PlanPage,
  opened: OpenedPage,
  sharing: SharingPage,
};

interface Props {
  plan: string;
  page?: string;
  /** The part that is changed, and the field of it to begin with. */
  section?: string;
  field?: string;
}

/** One plan and the page of it that the address names. */
export function PlanRoute({ plan, page = '', section, field }: Props) {
  const { asked, again, look } = useAsked<Plan>(paths.plan(plan), hasTheSameParts);
  useLooking(look, `${page} ${section ?? ''}`);
  const [leaving, setLeaving] = useState(false);
  const { words, forget } = useLost(plan, asked);
  const lost = <LostWords words={words} forget={forget} />;
  // What the service has taken back goes from the screen at once; what is left of it, the service says.
  const lose = useCallback(() => {
    setLeaving(true);
    void again().then(() => setLeaving(false));
  }, [again]);
  if (leaving || asked.at === 'asking') return <WaitingPage />;
  if (asked.at === 'trouble')
    return (
      <TroublePage trouble={asked.trouble} again={again}>
        {lost}
      </TroublePage>
    );
  const whose = whoseIs(asked.value);
  if (page === 'change')
    return (
      <PlanShell plan={asked.value} whose={whose} page="">
        <ChangeRoute
          plan={asked.value}
          whose={whose}
          lose={lose}
          lost={lost}
          section={section ?? ''}
          field={field}
        />
      </PlanShell>
    );
  const Page = PAGES[page];
  if (!Page) return <TroublePage trouble="not-found" />;
  return (
    <PlanShell plan={asked.value} whose={whose} page={page}>
      <Page
        key={`${plan} ${partsOf(asked.value)}`}
        plan={asked.value}
        whose={whose}
        lose={lose}
        look={look}
        lost={lost}
      />
    </PlanShell>
  );
}

/** Which parts there are for the reader. While that stays, a page of the plan stays as it is. */
const partsOf = ({ sections, published_only }: Plan): string =>
  JSON.stringify([sections.map(({ url, access }) => [url, access]), published_only]);

const hasTheSameParts = (old: Plan, now: Plan): boolean => partsOf(old) === partsOf(now);

/**
 * Looks at which parts there are whenever the reader comes to another page of the plan, or back to this one: what was told
 * while nobody listened may be that one of them is kept from the reader.
 */
function useLooking(look: () => Promise<void>, page: string) {
  const before = useRef(page);
  useEffect(() => {
    if (before.current !== page) void look();
    before.current = page;
  }, [page, look]);
  useEffect(() => {
    const back = () => document.visibilityState === 'visible' && void look();
    document.addEventListener('visibilitychange', back);
    addEventListener('online', back);
    return () => {
      document.removeEventListener('visibilitychange', back);
      removeEventListener('online', back);
    };
  }, [look]);
}
