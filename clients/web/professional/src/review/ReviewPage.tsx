import { authorWords, formatAgo, formatMoment } from '@coplan/care-plan/plan';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAsked } from '../history/useAsked';
import { PageShell } from '../shell/PageShell';
import { findingWords, inOrder, kindTitle, type ReviewItem, reviewPath } from './review';

const tabs = [
  { state: 'open', label: 'To look at' },
  { state: 'reviewed', label: 'Looked at' },
] as const;

/** The privacy officer's page: every plan of the organisation that was opened by somebody's own word. */
export function ReviewPage() {
  const [state, setState] = useState<ReviewItem['state']>('open');
  const { body, problem } = useAsked<{ items: ReviewItem[] }>(reviewPath(state));
  const items = body && (state === 'open' ? inOrder(body.items) : body.items);
  const list = useRef<HTMLUListElement>(null);
  useArrows(list);
  return (
    <PageShell title="Review">
      <main class="page" id="main">
        <h1>Opened by their own word</h1>
        <p>
          Members of your organisation opened these plans although they are not on the care team. Look at the
          reason, and say whether it is in order. Whose plan it was is not shown here.
        </p>
        <div class="choose-list" role="group" aria-label="Show">
          {tabs.map((tab) => (
            <button
              key={tab.state}
              class="choose-list__one"
              type="button"
              aria-pressed={state === tab.state}
              onClick={() => setState(tab.state)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {problem && <p role="alert">The list cannot be reached. Try again when there is a signal.</p>}
        {!items && !problem && <p role="status">Opening the list…</p>}
        {items && (
          <p class="quiet" role="status">
            {items.length === 0 ? '' : items.length === 1 ? '1 entry' : `${items.length} entries`}
          </p>
        )}
        {items?.length === 0 && (
          <div class="nhsuk-inset-text">
            <p>
              {state === 'open'
                ? 'There is nothing to look at. When somebody breaks the glass, or says that they care for a person who is not on their list, it stands here at once.'
                : 'Nothing has been looked at yet.'}
            </p>
          </div>
        )}
        <ul class="review-list" ref={list}>
          {items?.map((item) => (
            <li key={item.id}>
              <a class={`review-card review-card--${item.kind}`} href={`/professional/review/${item.id}`}>
                <span class="review-card__kind">
                  <span aria-hidden="true">{item.kind === 'break-glass' ? '! ' : '○ '}</span>
                  {kindTitle[item.kind]}
                  {item.finding && <span class="nhsuk-tag rows__tag">{findingWords[item.finding]}</span>}
                </span>
                <span class="review-card__reason">“{item.reason}”</span>
                <span class="rows__line">
                  {authorWords(item.by)}, {formatMoment(item.at)} ({formatAgo(item.at, Date.now())})
                </span>
              </a>
            </li>
          ))}
        </ul>
      </main>
    </PageShell>
  );
}

/** Arrow keys go from one entry to the next. */
function useArrows(list: { current: HTMLElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const links = [...(list.current?.querySelectorAll('a') ?? [])];
      const at = links.findIndex((link) => link === document.activeElement);
      if (!by || at < 0) return;
      event.preventDefault();
      links[at + by]?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [list]);
}
