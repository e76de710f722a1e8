import {
  formatAgo,
  formatDate,
  reviewMissed,
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
  const missed = reviewMissed(section, now);
  // Each decision carries its own signatures.
  const isDecided = section.fields.some((field) => 'records' in field);
  const id = `${section.section}-${part}`;
  return (
    <section class={`section section--${part}`} aria-labelledby={id}>
      <div class="section__head">
        <h2 id={id}>{part === 'urgent' ? section.title : `${section.title}, continued`}</h2>
        <StandingMark standing={section.standing} />
      </div>
      {part === 'urgent' && missed && (
        <p class="overdue">
          <Icon of="warning" />
          {isDecided ? 'Review of a decision was due' : 'Review was due'} {formatDate(missed)}{' '}
          <span class="nobreak ago">({formatAgo(missed, now)})</span>
        </p>
      )}
      <FieldsOfPlan fields={fields} as="fields" brief={part === 'urgent'} />
      {!isDecided && <StandingLine standing={section.standing} now={now} />}
    </section>
  );
}
