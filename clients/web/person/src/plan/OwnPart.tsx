import type { History, PathAuthor, Section, ViewSection } from '@coplan/care-plan/plan';
import { ask, paths, type Plan, type PlanSection } from '../api';
import { changePath } from '../changePath';
import type { Whose } from '../whose';
import { useEffect, useState } from 'preact/hooks';
import { GoalCards } from './GoalCards';
import { GOALS } from './goals';
import { LetterSection } from './LetterSection';

interface Props {
  plan: Plan;
  whose: Whose;
  section: PlanSection | undefined;
  published: ViewSection | undefined;
  /** Of what stands on the page: who wrote it is asked anew with each. */
  version: number;
  definition: Section | undefined;
}

/** A part that the person writes: what stands in it, who wrote it, and the way to change it. */
export function OwnPart({ plan, whose, section, published, version, definition }: Props) {
  const id = section?.section ?? published?.section;
  const { authors, history } = useWriters(plan.id, section?.section, version);
  if (id === undefined) return null;
  const title = section?.title ?? published?.title ?? '';
  const change = changePath(plan, id);
  return (
    <section class="own" aria-labelledby={`own-${id}`}>
      <div class="own__head">
        <h2 id={`own-${id}`}>{title}</h2>
        {change && (
          <a class="button button--plain no-print" href={change()}>
            {published ? 'Change' : 'Write'}
            <span class="for-ear"> {title}</span>
          </a>
        )}
      </div>
      {!published && <p>{invitation(id, whose)}</p>}
      {published &&
        (id === GOALS.section ? (
          <GoalCards
            section={published}
            definition={definition}
            authors={authors}
            history={history}
            change={change}
          />
        ) : (
          <LetterSection section={published} authors={authors} change={change} />
        ))}
    </section>
  );
}

function invitation(section: string, { own, name }: Whose): string {
  const whom = own ? 'you' : name;
  return section === GOALS.section
    ? `Nothing is written here yet. Here stands what ${whom} would like to reach, and who helps with it.`
    : `Nothing is written here yet. Everybody who looks after ${whom} reads this first.`;
}

/** Who wrote what in a part, and how its goals went. Without an answer the page is whole all the same. */
function useWriters(plan: string, section: string | undefined, version: number) {
  const [authors, setAuthors] = useState<PathAuthor[]>([]);
  const [history, setHistory] = useState<History>();
  useEffect(() => {
    if (section === undefined || version === 0) return;
    let here = true;
    const look = async () => {
      const told = await ask<{ authors: PathAuthor[] }>(paths.authors(plan, section));
      if (here && told.ok) setAuthors(told.value.authors);
      if (section !== GOALS.section) return;
      const past = await ask<History>(paths.history(plan));
      if (here && past.ok) setHistory(past.value);
    };
    void look();
    return () => {
      here = false;
    };
  }, [plan, section, version]);
  return { authors, history };
}
