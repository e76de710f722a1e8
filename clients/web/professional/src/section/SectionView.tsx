import { useSection } from '@coplan/care-plan/sync';
import { useEffect } from 'preact/hooks';
import { paths } from '../api';
import { type PathAuthor, roleNames, sentence } from '@coplan/care-plan/plan';
import { DisputesContext } from '../disputes/DisputesContext';
import { AuthorsContext } from '../history/AuthorsContext';
import { useOpenPlan } from '../openPlan';
import type { SectionStanding } from '../signing/useToSign';
import { useAnswer } from '../useAnswer';
import { FieldBlock } from './FieldBlock';
import { ReadField } from './ReadField';

interface Authors {
  authors: PathAuthor[];
}

const NONE: PathAuthor[] = [];

/** One section, wholly from its definition. */
export function SectionView({ standing, maySuggest }: { standing: SectionStanding; maySuggest: boolean }) {
  const { definition, document } = standing;
  const { plan, session, conflicts } = useOpenPlan();
  const authors = useAnswer<Authors>(paths.authors(plan.id, definition.id));
  const { refresh } = authors;
  // What disagrees is asked after every change that was stored; who wrote it is asked with it.
  useEffect(refresh, [conflicts, refresh]);
  const { phase, content } = useSection(document);
  useEffect(() => session.moveTo(document.section, null), [session, document]);
  return (
    <AuthorsContext.Provider value={authors.body?.authors ?? NONE}>
      <DisputesContext.Provider value={standing.disputes}>
        <section class="section" aria-labelledby="section-heading">
          <h1 class="nhsuk-heading-l section__title" id="section-heading" tabIndex={-1}>
            {definition.title}
          </h1>
          <p class="section__summary">{definition.summary}</p>
          <KeptFrom names={plan.sections.find((one) => one.url === document.url)?.kept_from ?? []} />
          {!document.writable && (
            <p class="read-only-note">
              <strong>You read this section.</strong> It is written by {roleNames(definition.writes)}.
              {maySuggest && ' You can suggest a change, and they decide.'}
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
                <ReadField key={field.id} {...props} section={definition} maySuggest={maySuggest} />
              );
            })}
        </section>
      </DisputesContext.Provider>
    </AuthorsContext.Provider>
  );
}

/** Whoever reads the section may talk with those from whom it is kept. */
function KeptFrom({ names }: { names: string[] }) {
  if (names.length === 0) return null;
  return (
    <p class="read-only-note">
      <strong>
        Kept from <bdi>{sentence(names)}</bdi>, who {names.length === 1 ? 'acts' : 'act'} for the person.
      </strong>{' '}
      Do not talk about this section with them.
    </p>
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
