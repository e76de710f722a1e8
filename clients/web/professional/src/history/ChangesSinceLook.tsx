import { useEffect, useState } from 'preact/hooks';
import { get, paths, post } from '../api';
import { useOpenPlan } from '../openPlan';
import { count } from '../section/standingWords';
import { DifferenceList } from './DifferenceList';
import { type Comparison, comparePath } from './entry';

/** What each plan's opening found, so that going from page to page neither asks again nor forgets. */
const found = new Map<string, Comparison>();
const asked = new Set<string>();

/** A quiet line on opening a plan: what has changed since I last looked, in words. Then my look is noted. */
export function ChangesSinceLook() {
  const { plan } = useOpenPlan();
  const [, render] = useState(0);
  const [hidden, setHidden] = useState(false);
  useEffect(() => {
    if (asked.has(plan.id)) return;
    asked.add(plan.id);
    void askOnce(plan.id).then(() => render((n) => n + 1));
  }, [plan.id]);
  const comparison = found.get(plan.id);
  const changes = comparison?.sections.reduce((sum, { differences }) => sum + differences.length, 0) ?? 0;
  if (!comparison || changes === 0 || hidden) return null;
  return (
    <details class="since-look">
      <summary>
        {count(changes, 'change')} since you last looked, in{' '}
        {comparison.sections.map(({ title }) => title).join(', ')}
      </summary>
      {comparison.sections.map(({ section, title, differences }) => (
        <section key={section} aria-label={title}>
          <h2 class="nhsuk-heading-xs">
            <a href={`/professional/plans/${plan.id}/${section}`}>{title}</a>
          </h2>
          <DifferenceList differences={differences} />
        </section>
      ))}
      <button
        class="link-button"
        type="button"
        onClick={() => {
          found.delete(plan.id);
          setHidden(true);
        }}
      >
        I have read this
      </button>
    </details>
  );
}

/** A plan that was never looked at, or a server that cannot be reached, has nothing to tell. */
async function askOnce(plan: Parameters<typeof paths.look>[0]): Promise<void> {
  try {
    const body = (await get(comparePath(plan, 'last-look', 'now'))) as Comparison;
    // From the beginning of time: it was never looked at, and all of it is new.
    if (Date.parse(body.from) > 0)
      found.set(plan, {
        ...body,
        sections: body.sections.filter(({ differences }) => differences.length > 0),
      });
  } catch {
    // Nothing to compare with.
  }
  await post(paths.look(plan)).catch(() => asked.delete(plan));
}
