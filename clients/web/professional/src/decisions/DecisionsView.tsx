import { useObservable } from '@coplan/care-plan/sync';
import { useEffect } from 'preact/hooks';
import { Problem } from '../api';
import { formatMoment } from '@coplan/care-plan/plan';
import { useOpenPlan } from '../openPlan';
import { PublishedSection } from '../published/PublishedSection';
import type { NavEntry } from '../section/navEntries';
import { KindView } from './KindView';
import { WaitingList } from './WaitingList';

/** A section of decisions: each kind with what stands, what waits, and what was before. */
export function DecisionsView({ entry }: { entry: NavEntry }) {
  const { decisions, definitions, session, waiting } = useOpenPlan();
  const { definition } = entry;
  const kept = useObservable(waiting.all);
  useEffect(() => session.moveTo(definition.id, null), [session, definition]);
  const { body, problem, keptAt } = decisions;
  if (!body && problem instanceof Problem) return <PublishedSection entry={entry} />;
  const kinds = definition.fields.flatMap((field) => {
    const kind = body?.kinds.find((one) => one.kind === field.id);
    return kind ? [{ field, kind }] : [];
  });
  const known = new Set(definitions.flatMap(({ fields }) => fields.map(({ id }) => id)));
  return (
    <section class="section" aria-labelledby="section-heading">
      <h1 class="nhsuk-heading-l section__title" id="section-heading" tabIndex={-1}>
        {definition.title}
      </h1>
      <p class="section__summary">{definition.summary}</p>
      {keptAt && (
        <p class="quiet-note" role="status">
          Offline. These decisions are as the server last told this device, on {formatMoment(keptAt)}:
          somebody may have recorded others since.
        </p>
      )}
      <WaitingList commands={kept.filter(({ body: { kind } }) => known.has(String(kind)))} />
      {!body && (
        <p role="status">{problem ? 'The decisions are not on this device.' : 'Opening the decisions…'}</p>
      )}
      {kinds.map(({ field, kind }) => (
        <KindView
          key={kind.kind}
          definition={field}
          kind={kind}
          waiting={kept.filter((command) => command.body.kind === kind.kind)}
        />
      ))}
    </section>
  );
}
