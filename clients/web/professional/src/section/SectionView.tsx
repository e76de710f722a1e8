import { useSection } from '@coplan/care-plan/sync';
import { useEffect } from 'preact/hooks';
import { roleNames } from '../definition';
import { useOpenPlan } from '../openPlan';
import type { SectionStanding } from '../signing/useToSign';
import { FieldBlock } from './FieldBlock';
import { ReadField } from './ReadField';

/** One section, wholly from its definition. */
export function SectionView({ standing }: { standing: SectionStanding }) {
  const { definition, document } = standing;
  const { session } = useOpenPlan();
  const { phase, content } = useSection(document);
  useEffect(() => session.moveTo(document.section, null), [session, document]);
  return (
    <section class="section" aria-labelledby="section-heading">
      <h1 class="nhsuk-heading-l section__title" id="section-heading" tabIndex={-1}>
        {definition.title}
      </h1>
      <p class="section__summary">{definition.summary}</p>
      {!document.writable && (
        <p class="read-only-note">
          <strong>You read this section.</strong> It is written by {roleNames(definition.writes)}.
        </p>
      )}
      {phase === 'loading' && <p role="status">Opening this section…</p>}
      {phase === 'unavailable' && <Unavailable />}
      {phase === 'ready' &&
        content &&
        definition.fields.map((field) => {
          const props = { document, field, path: [field.id] as const, stored: content.fields[field.id] };
          return document.writable ? (
            <FieldBlock key={field.id} {...props} />
          ) : (
            <ReadField key={field.id} {...props} />
          );
        })}
    </section>
  );
}

function Unavailable() {
  return (
    <div class="nhsuk-inset-text">
      <p>
        This section is not on this device, and the server cannot be reached or does not give it. It opens by
        itself when it can.
      </p>
    </div>
  );
}
