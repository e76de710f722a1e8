import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ChangePageProps, PageProps } from './pageProps';
import { useTitle } from './shell/useTitle';

type Props = Omit<PageProps, 'look'> & Omit<ChangePageProps, 'section'> & { section: string };

/** Where a part of the plan is changed. What that needs, Automerge above all, is fetched here and nowhere earlier. */
export function ChangeRoute({ plan, whose, lose, lost, section: id, field }: Props) {
  const found = plan.sections.find((one) => one.section === id && one.access === 'write');
  // Who writes is not interrupted by what becomes of other parts.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const section = useMemo(() => found, [found?.url]);
  const [Page, setPage] = useState<ComponentType<ChangePageProps>>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import('./changing/ChangePage').then(
      (module) => setPage(() => module.ChangePage),
      () => setFailed(true),
    );
  }, []);
  if (!section) return <NotOpen plan={plan} whose={whose} lost={lost} />;
  if (Page) return <Page key={id} plan={plan} whose={whose} lose={lose} section={section} field={field} />;
  return (
    <main class="page" id="main">
      <p role="status">
        {failed ? 'This page could not be fetched. Try again when there is a signal.' : 'Opening…'}
      </p>
    </main>
  );
}

/** A part that the reader may not change, or may no more: the person may keep it from those who act for them. */
function NotOpen({ plan, whose, lost }: Pick<Props, 'plan' | 'whose' | 'lost'>) {
  const title = 'This part is not open to you';
  const heading = useTitle(title);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h1 tabIndex={-1} ref={heading}>
        {title}
      </h1>
      <p>It does not exist, or you cannot change it now.</p>
      {lost}
      <p>
        <a class="button" href={`/person/plans/${plan.id}`}>
          Go to {whose.plan}
        </a>
      </p>
    </main>
  );
}
