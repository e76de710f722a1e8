import { formatAge, formatDate, formatNhsNumber, type PublishedView } from '@coplan/care-plan/plan';
import type { RefObject } from 'preact';

/** Who this is: enough to be sure that the right person lies here. */
export function PersonBanner({
  view,
  now,
  heading,
}: {
  view: PublishedView;
  now: number;
  heading: RefObject<HTMLHeadingElement | null>;
}) {
  const { person } = view;
  const age = formatAge(person.born, now);
  const preferred = person.preferred_name?.trim();
  return (
    <div class="person">
      <h1 ref={heading} tabIndex={-1}>
        <bdi>{person.name}</bdi>
      </h1>
      <p>
        {preferred && preferred !== person.name && (
          <>
            Likes to be called{' '}
            <strong>
              <bdi>{preferred}</bdi>
            </strong>
            <br />
          </>
        )}
        Born <strong class="nobreak">{formatDate(person.born)}</strong>
        {age && <span class="nobreak"> ({age})</span>}
        <br />
        NHS number <strong class="nobreak">{formatNhsNumber(person.nhs_number)}</strong>
      </p>
    </div>
  );
}
