import { type Comparison, type Entry, formatMoment, type History } from '@coplan/care-plan/plan';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get, paths, type Publication } from '../api';
import { useOpenPlan } from '../openPlan';
import { count } from '../section/standingWords';
import { AsItWas } from './AsItWas';
import { DifferenceList } from './DifferenceList';
import { EntryCard } from './EntryCard';
import { comparePath, historyPath } from './entry';
import { type Moment, momentsOf } from './moments';
import { useAsked } from './useAsked';

/** How many entries are read at a time. */
const PAGE = 100;

/**
 * The history of a plan: a slider over its real moments, a sentence for each change, any two moments field by field,
 * and the plan as it was.
 */
export function HistoryPage() {
  const { plan } = useOpenPlan();
  const { entries, more, problem, readMore, readAgain } = useEntries(plan.id);
  const published = useAsked<Publication[] | { publications: Publication[] }>(paths.publications(plan.id));
  const publications = useMemo(
    () => (Array.isArray(published.body) ? published.body : (published.body?.publications ?? [])),
    [published.body],
  );
  const moments = useMemo(() => momentsOf(publications, entries ?? []), [publications, entries]);
  const [chosen, setChosen] = useState<string>();
  const found = moments.findIndex(({ key }) => key === chosen);
  const at = found < 0 ? newest(moments) : found;
  const moment = moments[at];
  return (
    <main class="page page--history" id="main">
      <h1>History</h1>
      {problem && <p>The history needs a connection.</p>}
      {!entries && !problem && <p role="status">Opening the history…</p>}
      {entries && moment && (
        <>
          <Slider moments={moments} at={at} onMove={(index) => setChosen(moments[index]?.key)} />
          <Sentences moment={moment} onUndone={readAgain} />
          {more && at === 0 && (
            <button
              class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
              type="button"
              onClick={readMore}
            >
              Read what was before
            </button>
          )}
          <Compare moments={moments} chosen={moment} />
          <AsItWas moment={moment} />
        </>
      )}
    </main>
  );
}

/** The last moment up to which something happened. */
const newest = (moments: Moment[]): number =>
  Math.max(
    0,
    moments.findLastIndex(({ entries }) => entries.length > 0),
  );

function Slider({ moments, at, onMove }: { moments: Moment[]; at: number; onMove: (index: number) => void }) {
  const label = moments[at]?.label ?? '';
  return (
    <div class="slider">
      <label class="nhsuk-label" for="moment">
        Moment
      </label>
      <div class="slider__row">
        <button class="link-button" type="button" disabled={at === 0} onClick={() => onMove(at - 1)}>
          Earlier
        </button>
        <input
          class="slider__range"
          id="moment"
          type="range"
          min={0}
          max={moments.length - 1}
          step={1}
          value={at}
          aria-valuetext={label}
          onInput={(event) => onMove(Number(event.currentTarget.value))}
        />
        <button
          class="link-button"
          type="button"
          disabled={at === moments.length - 1}
          onClick={() => onMove(at + 1)}
        >
          Later
        </button>
      </div>
      <p class="slider__label" role="status">
        {label}
      </p>
    </div>
  );
}

function Sentences({ moment, onUndone }: { moment: Moment; onUndone: () => void }) {
  return (
    <section aria-labelledby="sentences-heading">
      <h2 class="nhsuk-heading-m" id="sentences-heading">
        {moment.entries.length === 0
          ? 'Nothing has changed since the moment before'
          : `${count(moment.entries.length, 'change')} up to then`}
      </h2>
      <ol class="entries">
        {moment.entries.map((entry) => (
          <EntryCard key={entry.id} entry={entry} onUndone={onUndone} />
        ))}
      </ol>
    </section>
  );
}

/** Any two moments, field by field. */
function Compare({ moments, chosen }: { moments: Moment[]; chosen: Moment }) {
  const { plan } = useOpenPlan();
  const [other, setOther] = useState<string>();
  const index = moments.indexOf(chosen);
  const fallback = moments[index === 0 ? moments.length - 1 : index - 1];
  const against = moments.find(({ key }) => key === other && key !== chosen.key) ?? fallback;
  const [asking, setAsking] = useState(false);
  useEffect(() => setAsking(false), [chosen.key]);
  if (!against || against === chosen) return null;
  const [from, to] = moments.indexOf(against) < index ? [against, chosen] : [chosen, against];
  return (
    <section aria-labelledby="compare-heading">
      <h2 class="nhsuk-heading-m" id="compare-heading">
        Compare
      </h2>
      <div class="compare">
        <label class="nhsuk-label" for="compare-with">
          {chosen.label} with
        </label>
        <select
          class="nhsuk-select quiet-box"
          id="compare-with"
          value={against.key}
          onChange={(event) => setOther(event.currentTarget.value)}
        >
          {moments
            .filter((one) => one !== chosen)
            .map(({ key, label }) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
        </select>
        <button
          class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
          type="button"
          onClick={() => setAsking(true)}
        >
          Show what is different
        </button>
      </div>
      {asking && <Compared path={comparePath(plan.id, from.key, to.key)} from={from} to={to} />}
    </section>
  );
}

function Compared({ path, from, to }: { path: string; from: Moment; to: Moment }) {
  const { body, problem } = useAsked<Comparison>(path);
  if (problem) return <p class="nhsuk-error-message">These two cannot be compared: {problem.message}.</p>;
  if (!body) return <p role="status">Comparing…</p>;
  const sections = body.sections.filter(({ differences }) => differences.length > 0);
  return (
    <div class="compared" role="status">
      <p class="quiet">
        From {from.label} to {to.label === 'Now' ? `now, ${formatMoment(Date.now())}` : to.label}
      </p>
      {sections.length === 0 && <p>Nothing is different.</p>}
      {sections.map(({ section, title, differences }) => (
        <section key={section} aria-label={title}>
          <h3 class="nhsuk-heading-s">{title}</h3>
          <DifferenceList differences={differences} />
        </section>
      ))}
    </div>
  );
}

/** The entries of a plan, read page by page from the newest. */
function useEntries(plan: Parameters<typeof historyPath>[0]) {
  const [entries, setEntries] = useState<Entry[]>();
  const [cursor, setCursor] = useState<string | null>();
  const [problem, setProblem] = useState<Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    get(historyPath(plan, { limit: String(PAGE) })).then(
      (body) => {
        if (!wanted) return;
        const { entries: read, next } = body as History;
        setEntries(read);
        setCursor(next);
      },
      (reason: Error) => wanted && setProblem(reason),
    );
    return () => {
      wanted = false;
    };
  }, [plan, turn]);
  const readMore = () => {
    if (!cursor) return;
    get(historyPath(plan, { limit: String(PAGE), before: cursor })).then((body) => {
      const { entries: read, next } = body as History;
      setEntries((all) => [...(all ?? []), ...read]);
      setCursor(next);
    }, setProblem);
  };
  return { entries, more: Boolean(cursor), problem, readMore, readAgain: () => setTurn((n) => n + 1) };
}
