import { useOpenPlan } from '../openPlan';
import { count } from '../section/standingWords';
import { DifferenceList } from './DifferenceList';
import type { SinceLook } from './useSinceLook';

/** A quiet line beside the plan: what has changed since I last looked, in words. */
export function ChangesSinceLook({ since: { comparison, changes, forget } }: { since: SinceLook }) {
  const { plan } = useOpenPlan();
  if (!comparison || changes === 0) return null;
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
      <button class="link-button" type="button" onClick={forget}>
        I have read this
      </button>
    </details>
  );
}
