import { DevelopmentBar } from '@coplan/care-plan/components';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { useMe } from '../signedIn';

/** What stands round every page: the way past it, the development notice, who is signed in. */
export function PageShell({ title, children }: { title: string; children: ComponentChildren }) {
  const me = useMe();
  useEffect(() => {
    document.title = `${title} – Coplan`;
  }, [title]);
  useFocusOnArrival();
  return (
    <>
      <a class="nhsuk-skip-link" href="#main">
        Skip to main content
      </a>
      {me.development && <DevelopmentBar />}
      <header class="app-bar">
        <div class="app-bar__inner">
          <a class="app-bar__name" href="/professional/">
            Coplan <span class="app-bar__what">care plans</span>
          </a>
          <p class="app-bar__who">
            <span class="app-bar__user">{me.user.name}</span>
            <span class="app-bar__role">
              {me.user.job_title}, {me.user.organisation}
            </span>
          </p>
          <a class="app-bar__link" href="/professional/sign-out">
            Sign out
          </a>
        </div>
      </header>
      {children}
    </>
  );
}

let isFirstPage = true;

/** Whoever came by a link that has gone with its page goes on at the heading of the new one, and not at its very top. */
function useFocusOnArrival(): void {
  const { path } = useLocation();
  useEffect(() => {
    if (isFirstPage) {
      isFirstPage = false;
      return;
    }
    if (document.activeElement && document.activeElement !== document.body) return;
    const heading = document.querySelector<HTMLElement>('main h1');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus();
  }, [path]);
}
