import { formatMoment, type ViewField } from '@coplan/care-plan/plan';
import { useEffect, useState } from 'preact/hooks';
import { paths } from '../api';
import { useOpenPlan } from '../openPlan';
import { PublishedField } from '../published/PublishedField';
import type { Moment } from './moments';
import { useAsked } from './useAsked';

interface PlanAt {
  at: string;
  version: number | null;
  published_at: string | null;
  sections: { section: string; title: string; fields: ViewField[] }[];
}

/** The whole plan as it was at a moment. Asked for only when somebody wants to see it. */
export function AsItWas({ moment }: { moment: Moment }) {
  const [wanted, setWanted] = useState<string>();
  useEffect(() => setWanted(undefined), [moment.key]);
  if (moment.at === undefined) return null;
  return (
    <section aria-labelledby="then-heading">
      <h2 class="nhsuk-heading-m" id="then-heading">
        The plan as it was
      </h2>
      {wanted === moment.key ? (
        <Then at={moment.at} />
      ) : (
        <button
          class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
          type="button"
          onClick={() => setWanted(moment.key)}
        >
          Show the plan as it was then
        </button>
      )}
    </section>
  );
}

function Then({ at }: { at: string }) {
  const { plan, definitions } = useOpenPlan();
  const { body, problem } = useAsked<PlanAt>(
    `${paths.plan(plan.id)}/at?${new URLSearchParams({ at }).toString()}`,
  );
  if (problem) return <p>The plan as it was cannot be shown: {problem.message}.</p>;
  if (!body) return <p role="status">Opening the plan as it was…</p>;
  return (
    <div class="then">
      <p class="then__note">
        <strong>This is not the plan as it is now.</strong> As it was on {formatMoment(body.at)}
        {body.version ? `; version ${body.version} was published then.` : '; nothing was published then.'}
      </p>
      {body.sections.map(({ section, title, fields }) => {
        const definition = definitions.find(({ id }) => id === section);
        return (
          <section key={section} aria-label={title}>
            <h3 class="nhsuk-heading-s">{title}</h3>
            {fields.length === 0 && <p class="nothing">Nothing was recorded.</p>}
            {definition &&
              fields.map((field, index) => (
                <PublishedField
                  key={`${field.field} ${index}`}
                  field={field}
                  definition={undefined}
                  section={definition}
                  maySuggest={false}
                />
              ))}
          </section>
        );
      })}
    </div>
  );
}
