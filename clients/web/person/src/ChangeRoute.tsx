import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ChangePageProps } from './pageProps';
import { TroublePage } from './shell/OutsidePage';

type Props = Omit<ChangePageProps, 'section'> & { section: string };

/** Where a part of the plan is changed. What that needs, Automerge above all, is fetched here and nowhere earlier. */
export function ChangeRoute({ plan, whose, lose, section: id, field }: Props) {
  const section = plan.sections.find((one) => one.section === id && one.access === 'write');
  const [Page, setPage] = useState<ComponentType<ChangePageProps>>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import('./changing/ChangePage').then(
      (module) => setPage(() => module.ChangePage),
      () => setFailed(true),
    );
  }, []);
  if (!section) return <TroublePage trouble="not-found" />;
  if (Page) return <Page key={id} plan={plan} whose={whose} lose={lose} section={section} field={field} />;
  return (
    <main class="page" id="main">
      <p role="status">
        {failed ? 'This page could not be fetched. Try again when there is a signal.' : 'Opening…'}
      </p>
    </main>
  );
}
