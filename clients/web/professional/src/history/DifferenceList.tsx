import { authorWords, type Difference, formatMoment } from '@coplan/care-plan/plan';
import { WordDifference } from '../signing/WordDifference';

/** Longer than this is prose, whose difference is shown word by word. */
const PROSE_CHARS = 60;

/** What is different, field by field in words. */
export function DifferenceList({ differences }: { differences: Difference[] }) {
  return (
    <dl class="changes">
      {differences.map((difference, index) => (
        <div class="changes__row" key={`${difference.path} ${index}`}>
          <dt>{difference.label}</dt>
          <dd>
            <Words difference={difference} />
            {difference.reason && <span class="changes__who">Because: {difference.reason}</span>}
            {difference.by && (
              <span class="changes__who">
                {authorWords(difference.by)}
                {difference.at && `, ${formatMoment(difference.at)}`}
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Words({ difference: { kind, before, after } }: { difference: Difference }) {
  const isProse = (before?.length ?? 0) > PROSE_CHARS || (after?.length ?? 0) > PROSE_CHARS;
  if (kind === 'changed' && before && after && isProse)
    return <WordDifference before={before} after={after} />;
  return <span class="changes__text">{differenceWords(kind, before, after)}</span>;
}

/** One difference as a phrase: "Home, was Hospital". */
export function differenceWords(
  kind: Difference['kind'],
  before: string | null,
  after: string | null,
): string {
  switch (kind) {
    case 'added':
      return after ? `added: ${after}` : 'added, still empty';
    case 'removed':
      return before ? `removed: ${before}` : 'removed';
    case 'restored':
      return after ? `put back: ${after}` : 'put back';
    case 'moved':
      return 'moved to another place in the list';
    case 'cleared':
      return before ? `cleared, was ${before}` : 'cleared';
    case 'settled':
      return after ? `settled: ${after}` : 'settled';
    default:
      return before ? `${after ?? 'nothing'}, was ${before}` : (after ?? '');
  }
}
