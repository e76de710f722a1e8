import { formatMoment, locates, roleNames, type Standing } from '@coplan/care-plan/plan';
import { useEffect } from 'preact/hooks';
import { Contenders } from '../disputes/Contenders';
import { asTold } from '@coplan/care-plan/fields';
import { toldOf, useOpenPlan } from '../openPlan';
import type { NavEntry } from '../section/navEntries';
import { SuggestChange } from '../suggestions/SuggestChange';
import { PublishedField } from './PublishedField';

/** A section of which one reads what is published: plainly read-only, with its standing, and a way to propose a change. */
export function PublishedSection({ entry }: { entry: NavEntry }) {
  const { plan, view, conflicts, session } = useOpenPlan();
  const { definition, maySuggest } = entry;
  useEffect(() => session.moveTo(definition.id, null), [session, definition]);
  const section = view.body?.sections.find((one) => one.section === definition.id);
  const told = toldOf(conflicts.body, definition.id);
  const shown = section?.fields ?? [];
  const isRestricted = view.body?.withheld === true || plan.banner?.kind === 'restricted';
  const withheld = isRestricted && (definition.locates || definition.fields.some(locates));
  const missing = definition.fields.filter(({ id }) => !shown.some(({ field }) => field === id));
  // What is withheld is not empty.
  const rest = withheld ? missing.filter((field) => !definition.locates && !locates(field)) : missing;
  return (
    <section class="section" aria-labelledby="section-heading">
      <h1 class="nhsuk-heading-l section__title" id="section-heading" tabIndex={-1}>
        {definition.title}
      </h1>
      <p class="section__summary">{definition.summary}</p>
      <p class="read-only-note">
        <strong>You read what is published of this section.</strong>{' '}
        {definition.writes.length > 0 && `It is written by ${roleNames(definition.writes)}.`}
        {maySuggest && ' You can suggest a change, and they decide.'}
        {section && <span class="read-only-note__standing">{standingOf(section.standing)}</span>}
      </p>
      {withheld && (
        <p class="quiet-note">
          <strong>Withheld.</strong> What says where this person lives is not shown here. Named members of the
          team see it.
        </p>
      )}
      {told.map((conflict) => (
        <div class="disputed" role="group" aria-label={`${conflict.label}: disputed`} key={conflict.path}>
          <p class="disputed__title">
            <span aria-hidden="true">▲ </span>
            {conflict.label}: disputed, no agreed value
          </p>
          <Contenders dispute={asTold(conflict)} />
        </div>
      ))}
      {!section && !(withheld && definition.locates) && (
        <p class="nothing">
          {view.body || !view.problem
            ? 'Nothing is published of this section yet.'
            : 'What is published is not on this device.'}
        </p>
      )}
      {shown.map((field) => (
        <PublishedField
          key={field.field}
          field={field}
          definition={definition.fields.find(({ id }) => id === field.field)}
          section={definition}
          maySuggest={maySuggest}
        />
      ))}
      {maySuggest && rest.length > 0 && (
        <details class="removed">
          <summary>Suggest something for what is empty</summary>
          {rest.map((field) => (
            <div class="field field--read" key={field.id} data-field={field.id}>
              <h3 class="field__label">{field.label}</h3>
              <SuggestChange section={definition} field={field} initial={{}} />
            </div>
          ))}
        </details>
      )}
    </section>
  );
}

function standingOf(standing: Standing): string {
  if (standing.state === 'signed')
    return `Signed by ${standing.by}, ${standing.job_title}, ${standing.organisation}, ${formatMoment(standing.at)}.`;
  const words = standing.state === 'shared' ? 'Shared' : 'Not signed yet, last changed';
  return `${words} ${formatMoment(standing.at)}.`;
}
