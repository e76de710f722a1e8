import { formatDate, formatMoment } from '@coplan/care-plan/plan';
import { ASKS_ANOTHER_MS, paths, post } from '../api';
import { useOpenPlan } from '../openPlan';
import { useAnswer } from '../useAnswer';
import { useDoing } from '../useDoing';
import {
  type Attachments,
  countWords,
  type Imports,
  type LeftAlone,
  reasonWords,
  recordWords,
} from './records';

/** What was taken over from other records, and their documents that are kept with the plan. */
export function RecordsCard({ section }: { section: string | undefined }) {
  const { plan } = useOpenPlan();
  const imports = useAnswer<Imports>(paths.imports(plan.id));
  const attachments = useAnswer<Attachments>(paths.attachments(plan.id));
  const { busy, fault, run } = useDoing();
  const documents = attachments.body?.attachments ?? [];
  const last = imports.body?.imports[0];
  const sources = imports.body?.sources ?? [];
  if (!last && documents.length === 0 && sources.length === 0) return null;
  const refresh = async (source: string) => {
    await run(() => post(paths.imports(plan.id), { source }, ASKS_ANOTHER_MS));
    imports.refresh();
  };
  const left = last?.sections.find((one) => one.section === section)?.details?.left ?? [];
  return (
    <section class="context-card" aria-labelledby="records-heading">
      <h2 class="nhsuk-heading-s" id="records-heading">
        From other records
      </h2>
      {last && (
        <p>
          From {recordWords(last.record)}, {formatMoment(last.made_at)}: {countWords(last.sections)}.
        </p>
      )}
      {left.length > 0 && (
        <ul>
          {left.map((one) => (
            <Left key={one.path} one={one} />
          ))}
        </ul>
      )}
      {documents.length > 0 && (
        <ul>
          {documents.map((document) => (
            <li key={document.id}>
              <a href={`${paths.attachments(plan.id)}/${document.id}/page`} target="_blank" rel="noreferrer">
                {document.title} <span class="nhsuk-u-visually-hidden">(opens in a new tab)</span>
              </a>
              <p class="quiet">
                {[document.organisation, formatDate(document.dated.slice(0, 10))].filter(Boolean).join(', ')}
              </p>
            </li>
          ))}
        </ul>
      )}
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      {sources.map((source) => (
        <button
          key={source}
          class="link-button"
          type="button"
          disabled={busy}
          onClick={() => void refresh(source)}
        >
          Refresh from {source}
        </button>
      ))}
    </section>
  );
}

/** One thing that an import left alone, why, and what the record says. */
function Left({ one }: { one: LeftAlone }) {
  return (
    <li>
      {one.name && <strong>{one.name}: </strong>}
      {reasonWords(one.reason)}
      {one.differences.map(({ label, here, there }) => (
        <p class="quiet" key={label}>
          {label}: here {here || 'nothing'}, in the record {there || 'nothing'}
        </p>
      ))}
    </li>
  );
}
