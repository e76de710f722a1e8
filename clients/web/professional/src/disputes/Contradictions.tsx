import { useOpenPlan } from '../openPlan';
import type { Contradiction } from '@coplan/care-plan/fields';

/** Two things in the plan that cannot both be right, as plain sentences; those about the open section first. */
export function Contradictions({ section }: { section: string | undefined }) {
  const { conflicts, plan } = useOpenPlan();
  const all = conflicts.body?.contradictions ?? [];
  if (all.length === 0) return null;
  const here = (one: Contradiction) => one.where.some((place) => place.section === section);
  const sorted = [...all.filter(here), ...all.filter((one) => !here(one))];
  return (
    <section class="context-card contradictions" aria-labelledby="contradictions-heading">
      <h2 class="nhsuk-heading-s" id="contradictions-heading">
        Does this fit together?
      </h2>
      <ul>
        {sorted.map((one) => (
          <li key={`${one.rule} ${one.sentence}`} class={`contradiction contradiction--${one.severity}`}>
            <p>
              <span aria-hidden="true">{one.severity === 'blocks' ? '■ ' : '▲ '}</span>
              {one.sentence}
              {one.severity === 'blocks' && <strong> It cannot be signed like this.</strong>}
            </p>
            <p class="quiet">
              {one.where.map((place, index) => (
                <span key={`${place.section} ${place.path} ${index}`}>
                  {index > 0 && ' · '}
                  <a href={`/professional/plans/${plan.id}/${place.section}`}>
                    {place.label}: {place.display}
                  </a>
                </span>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
