/** The first card: what staff see in an emergency, in their words and their order. */
import { laterPart, urgentPart, type ViewField, type ViewSection } from '@coplan/care-plan/plan';
import type { Whose } from '../whose';
import { BriefFields } from './BriefFields';
import type { Emergency } from './emergency';

/** So many parts stand open: what a crew reads in the first seconds. */
const SHOWN_AT_ONCE = 3;

/** What they read of a part when there is time, without the decisions that stood there before. */
const laterOf = (section: ViewSection): ViewField[] =>
  laterPart(section).filter((field) => !('records' in field));

export function EmergencyCard({
  emergency,
  whose,
  open,
}: {
  emergency: Emergency;
  whose: Whose;
  open: boolean;
}) {
  const { sections, noCpr, more } = emergency;
  const first = sections.filter((section) => urgentPart(section).length > 0);
  const later = sections.filter((section) => laterOf(section).length > 0);
  return (
    <section class="panel emergency" aria-labelledby="emergency">
      <h2 id="emergency">What staff see in an emergency</h2>
      <p>
        If you ring 999 or come to a hospital in an emergency, this is what they read first
        {whose.own ? '' : `, about ${whose.name}`}.
      </p>
      {noCpr && (
        <p>
          <strong>No decision about CPR is recorded.</strong> CPR is trying to restart the heart and breathing
          if they stop.
        </p>
      )}
      <Parts sections={first.slice(0, SHOWN_AT_ONCE)} fields={urgentPart} />
      <details class="fold" open={open}>
        <summary>Everything else they can read</summary>
        <div class="emergency">
          <Parts sections={first.slice(SHOWN_AT_ONCE)} fields={urgentPart} />
          <Parts sections={later} fields={laterOf} />
        </div>
      </details>
      {more.length > 0 && (
        <p class="quiet">
          They may also read notes for staff that are not shown to{' '}
          {whose.own ? 'you' : 'you or to the person'}, in: {more.join(', ')}.
        </p>
      )}
    </section>
  );
}

function Parts({
  sections,
  fields,
}: {
  sections: ViewSection[];
  fields: (section: ViewSection) => ViewField[];
}) {
  return (
    <>
      {sections.map((section) => {
        const shown = fields(section);
        return shown.length === 0 ? null : (
          <div class="emergency__part" key={section.section}>
            <h3>{section.title}</h3>
            <BriefFields fields={shown} />
          </div>
        );
      })}
    </>
  );
}
