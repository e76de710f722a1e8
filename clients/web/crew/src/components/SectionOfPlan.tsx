import {
  formatAgo,
  formatDate,
  type Missed,
  reviewsMissed,
  type ViewField,
  type ViewSection,
} from '@coplan/care-plan/plan';
import { FieldsOfPlan } from './FieldsOfPlan';
import { Icon } from './Icon';
import { StandingLine, StandingMark } from './StandingLine';

interface Props {
  section: ViewSection;
  /** The part of it to show; nothing is shown of an empty part. */
  fields: ViewField[];
  part: 'urgent' | 'rest';
  now: number;
}

/** One section, or a part of it, always with who stands behind it. */
export function SectionOfPlan({ section, fields, part, now }: Props) {
  if (fields.length === 0) return null;
  const missed = reviewsMissed(section, now);
  const first = missed[0];
  // Each decision carries its own signatures.
  const isDecided = section.fields.some((field) => 'records' in field);
  const id = `${section.section}-${part}`;
  return (
    <section class={`section section--${part}`} aria-labelledby={id}>
      <div class="section__head">
        <h2 id={id}>{part === 'urgent' ? section.title : `${section.title}, continued`}</h2>
        <StandingMark standing={section.standing} />
      </div>
      {part === 'urgent' && first && (
        <p class="overdue">
          <Icon of="warning" />
          {whatIsDue(missed)} {formatDate(first.day)}{' '}
          <span class="nobreak ago">({formatAgo(first.day, now)})</span>
        </p>
      )}
      <FieldsOfPlan fields={fields} as="fields" brief={part === 'urgent'} />
      {!isDecided && <StandingLine standing={section.standing} now={now} />}
    </section>
  );
}

/** It stands above all of them: which of them it is about is said. */
function whatIsDue(missed: Missed[]): string {
  const [first, ...more] = missed;
  if (!first?.label) return 'Review was due';
  if (more.length === 0) return `Review was due of “${first.label}”:`;
  return `Review was due of ${missed.length} decisions, first of “${first.label}”:`;
}
