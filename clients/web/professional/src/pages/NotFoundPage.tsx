import { PageShell } from '../shell/PageShell';

/** An address of this app that leads nowhere. */
export function NotFoundPage() {
  return (
    <PageShell title="Page not found">
      <main class="page" id="main">
        <h1>Page not found</h1>
        <p>
          Check the address, or go to the <a href="/professional/">list of plans</a>.
        </p>
      </main>
    </PageShell>
  );
}
