import type { ComponentChildren } from 'preact';
import type { Trouble } from '../api';
import { useTitle } from './useTitle';

/** The name of the service, with what stands beside it, and whose plan it is about below. */
export function Head({ children, below }: { children?: ComponentChildren; below?: ComponentChildren }) {
  return (
    <header class="head">
      <div class="head__in">
        <span class="head__name">Coplan</span>
        {children}
      </div>
      {below}
    </header>
  );
}

interface OutsideProps {
  title: string;
  /** What stands beside the name of the service. */
  beside?: ComponentChildren;
  children: ComponentChildren;
}

/** A page that shows no plan. */
export function Outside({ title, beside, children }: OutsideProps) {
  const heading = useTitle(title);
  return (
    <>
      <Head>{beside}</Head>
      <main class="page" id="main">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {children}
      </main>
    </>
  );
}

/** While the service is asked. */
export function WaitingPage() {
  return (
    <>
      <Head />
      <main class="page" id="main">
        <p role="status">Opening…</p>
      </main>
    </>
  );
}

/** For somebody who is not signed in, or whose app this is not. */
export function OutsidePage({ why }: { why: 'signed-out' | 'somebody-else' }) {
  return why === 'signed-out' ? (
    <Outside title="You are not signed in">
      <p>Sign in to read your plan and to see who has opened it.</p>
      <ToFront words="Go to the front page to sign in" />
    </Outside>
  ) : (
    <Outside title="This page is for people with a plan">
      <p>Here people read their own plan, or the plan of somebody they act for.</p>
      <ToFront words="Go to the front page" />
    </Outside>
  );
}

interface TroubleProps {
  trouble: Trouble;
  again?: () => unknown;
  /** What stands below where there is nothing else to show. */
  children?: ComponentChildren;
}

/** When there is nothing to show. */
export function TroublePage({ trouble, again, children }: TroubleProps) {
  if (trouble === 'signed-out') return <OutsidePage why="signed-out" />;
  if (trouble === 'no-answer') {
    return (
      <Outside title="Coplan does not answer">
        <p>You may have no signal, or something is wrong with us. Nothing has happened to the plan.</p>
        {again && (
          <p>
            <button class="button" type="button" onClick={() => void again()}>
              Try again
            </button>
          </p>
        )}
      </Outside>
    );
  }
  return (
    <Outside title="There is nothing here for you">
      <p>This page does not exist, or it is not yours to open.</p>
      <p>
        <a href="/person/">Go to your plan</a>
      </p>
      {children}
    </Outside>
  );
}

function ToFront({ words }: { words: string }) {
  return (
    <p>
      <a class="button" href="/">
        {words}
      </a>
    </p>
  );
}
