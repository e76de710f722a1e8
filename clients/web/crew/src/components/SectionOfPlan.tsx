import type { ViewField, ViewSection } from '@coplan/care-plan/plan';
import { FieldOfPlan } from './FieldOfPlan';
import { StandingLine } from './StandingLine';

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
  const id = `${section.section}-${part}`;
  return (
    <section class={`section section--${part}`} aria-labelledby={id}>
      <h2 id={id}>{part === 'urgent' ? section.title : `${section.title}, continued`}</h2>
      <dl class="fields">
        {fields.map((field) => (
          <FieldOfPlan key={field.field} field={field} />
        ))}
      </dl>
      <StandingLine standing={section.standing} now={now} />
    </section>
  );
}
