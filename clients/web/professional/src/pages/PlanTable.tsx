import { formatAge, formatAgo, formatDate, formatMoment, formatNhsNumber } from '@coplan/care-plan/plan';
import { useRef } from 'preact/hooks';
import type { PlanSummary } from '../api';

/** Plans as rows; on a phone as cards. A click anywhere opens one, and its name is the link. */
export function PlanTable({ plans, waiting }: { plans: PlanSummary[]; waiting: Map<string, number> }) {
  return (
    <table class="plan-table" role="table">
      <caption class="nhsuk-u-visually-hidden">Plans you may open</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">
            Person
          </th>
          <th scope="col" role="columnheader">
            NHS number
          </th>
          <th scope="col" role="columnheader">
            Born
          </th>
          <th scope="col" role="columnheader">
            Plan
          </th>
          <th scope="col" role="columnheader">
            Changed
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {plans.map((plan) => (
          <PlanRow key={plan.id} plan={plan} waiting={waiting.get(plan.id) ?? 0} />
        ))}
      </tbody>
    </table>
  );
}

function PlanRow({ plan, waiting }: { plan: PlanSummary; waiting: number }) {
  const { person } = plan;
  const now = Date.now();
  const link = useRef<HTMLAnchorElement>(null);
  return (
    <tr
      class="plan-table__row"
      role="row"
      onClick={(event) => event.target === link.current || link.current?.click()}
    >
      <td role="cell">
        <a class="plan-table__name" ref={link} href={`/professional/plans/${plan.id}`}>
          {person.name}
        </a>
        {person.preferred_name && <span class="plan-table__known"> known as {person.preferred_name}</span>}
        {waiting > 0 && (
          <strong class="nhsuk-tag nhsuk-tag--yellow">
            {waiting} {waiting === 1 ? 'change' : 'changes'} waiting on this device
          </strong>
        )}
      </td>
      <td class="plan-table__number" role="cell">
        <Heading>NHS number</Heading>
        {formatNhsNumber(person.nhs_number)}
      </td>
      <td role="cell">
        <Heading>Born</Heading>
        {formatDate(person.born)} <span class="plan-table__age">({formatAge(person.born, now)})</span>
      </td>
      <td role="cell">
        <Heading>Plan</Heading>
        {plan.version > 0 ? `Version ${plan.version}` : 'Not published yet'}
      </td>
      <td role="cell">
        <Heading>Changed</Heading>
        {plan.changed_at ? (
          <>
            {formatMoment(plan.changed_at)}{' '}
            <span class="plan-table__age">({formatAgo(plan.changed_at, now)})</span>
          </>
        ) : (
          'Not changed yet'
        )}
      </td>
    </tr>
  );
}

/** On a phone, where a row is a card, each value says what it is. */
function Heading({ children }: { children: string }) {
  return (
    <span class="plan-table__heading" aria-hidden="true">
      {children}{' '}
    </span>
  );
}
