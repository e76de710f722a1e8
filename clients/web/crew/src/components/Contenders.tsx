import { formatMoment, type Contender } from '@coplan/care-plan/plan';
import { FieldsOfPlan } from './FieldsOfPlan';
import { Icon } from './Icon';

/** What people say who disagree: side by side, alike, each with who said it, where and when. */
export function Contenders({ of }: { of: Contender[] }) {
  const applies = of.find((one) => one.applies);
  return (
    <>
      <ul class="disputed">
        {of.map((one, index) => (
          <li key={index}>
            {one.fields ? (
              <FieldsOfPlan fields={one.fields} as="pairs" />
            ) : (
              <strong>
                <bdi>{one.display}</bdi>
              </strong>
            )}
            {one.by && (
              <p class="small">
                <bdi>{one.by}</bdi>, {one.job_title}, {one.organisation}
                {one.at && <>, {formatMoment(one.at)}</>}
              </p>
            )}
          </li>
        ))}
      </ul>
      <p class="small">
        Different people wrote these. <strong>There is no agreed value.</strong>
      </p>
      {applies && (
        <p class="small">
          <Icon of="warning" />
          Until they agree, keep to the narrower: <strong>{applies.display}</strong>
        </p>
      )}
    </>
  );
}
