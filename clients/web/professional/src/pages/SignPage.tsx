import { formatAgo, formatMoment, isDecided, sentence } from '@coplan/care-plan/plan';
import { useObservable } from '@coplan/care-plan/sync';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem, publish, type Publication, Unreachable } from '../api';
import type { Contradiction } from '@coplan/care-plan/fields';
import { useOpenPlan } from '../openPlan';
import { SectionToSign } from '../signing/SectionToSign';
import { type Frozen, freeze, isSignable } from '../signing/frozen';
import { useStandings } from '../signing/useToSign';

const NONE: Contradiction[] = [];

/**
 * Sign and publish: what will be published, in words, and one button.
 *
 * What stands here is frozen when the page opens, and exactly that is signed. If the plan changes meanwhile the page
 * says so, and shows the new words only when asked.
 */
export function SignPage() {
  const { plan, session, refresh, conflicts } = useOpenPlan();
  const contradictions = conflicts.body?.contradictions ?? NONE;
  const standings = useStandings();
  const status = useObservable(session.status);
  const opening = standings.some((one) => one.document.state.value.phase === 'loading');
  const [frozen, setFrozen] = useState<Frozen[]>();
  const [left, setLeft] = useState<string[]>([]);
  const [result, setResult] = useState<{ publication: Publication; titles: string[] }>();
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (!frozen && !opening) setFrozen(freeze(standings, contradictions));
  }, [frozen, opening, standings, contradictions]);

  if (result) return <Published {...result} />;
  if (!frozen) {
    return (
      <main class="page" id="main">
        <h1>Sign and publish</h1>
        <p role="status">Opening the sections…</p>
      </main>
    );
  }
  const signable = frozen.filter(isSignable);
  const chosen = signable.filter((one) => !left.includes(one.standing.definition.id));
  const stale = standings.some((one) => {
    const then = frozen.find(({ standing }) => standing.definition.id === one.definition.id);
    return one.changed && then?.heads.join() !== one.document.state.value.heads.join();
  });
  const shared = standings.filter(
    ({ needsSigning, definition }) =>
      !needsSigning && !isDecided(definition) && definition.audiences.length > 0,
  );
  const sign = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      const sections = chosen.map(({ standing, heads }) => ({ section: standing.definition.id, heads }));
      const publication = await publish(plan.id, sections);
      setResult({ publication, titles: chosen.map(({ standing }) => standing.definition.title) });
      refresh();
    } catch (problem) {
      setFault(refusalWords(problem));
    } finally {
      setBusy(false);
    }
  };
  const toggle = (id: string) =>
    setLeft((all) => (all.includes(id) ? all.filter((one) => one !== id) : [...all, id]));
  return (
    <main class="page page--sign" id="main">
      <h1>Sign and publish</h1>
      {stale && (
        <div class="quiet-note" role="status">
          The plan has changed since this page opened. You would sign the words below.{' '}
          <button
            class="link-button"
            type="button"
            onClick={() => setFrozen(freeze(standings, contradictions))}
          >
            Show the newest words
          </button>
        </div>
      )}
      {frozen.length === 0 && <p>Nothing waits for a signature.</p>}
      {frozen.map((one) => (
        <SectionToSign
          key={one.standing.definition.id}
          frozen={one}
          chosen={chosen.includes(one)}
          onToggle={() => toggle(one.standing.definition.id)}
        />
      ))}
      {signable.length > 0 && (
        <div class="sign-action">
          {fault && (
            <div class="nhsuk-error-summary" role="alert">
              <h2 class="nhsuk-error-summary__title">Not published</h2>
              <p>{fault}</p>
            </div>
          )}
          <p id="sign-meaning">
            {chosen.length > 0
              ? `You sign ${sentence(chosen.map((one) => `“${one.standing.definition.title}”`))} as shown here, in your name and role.`
              : 'No section is chosen.'}
            {status.kind !== 'saved' && ' You can sign when your changes are saved.'}
          </p>
          <button
            class="nhsuk-button"
            type="button"
            aria-describedby="sign-meaning"
            disabled={busy || chosen.length === 0 || status.kind !== 'saved'}
            onClick={() => void sign()}
          >
            {chosen.length > 1 ? `Sign and publish ${chosen.length} sections` : 'Sign and publish'}
          </button>
        </div>
      )}
      <section class="shared-sections" aria-labelledby="shared-heading">
        <h2 class="nhsuk-heading-m" id="shared-heading">
          Shared automatically
        </h2>
        <p>
          {sentence(shared.map((one) => `“${one.definition.title}”`))}{' '}
          {shared.length === 1 ? 'needs' : 'need'} no signature: what is written there is shared within 5
          seconds.
        </p>
        {shared.map(({ section }) =>
          section.published ? (
            <p class="quiet" key={section.section}>
              {section.title}: last shared {formatMoment(section.published.at)} (
              {formatAgo(section.published.at, Date.now())}), version {section.published.version}
            </p>
          ) : null,
        )}
      </section>
    </main>
  );
}

function Published({ publication, titles }: { publication: Publication; titles: string[] }) {
  const { plan } = useOpenPlan();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main class="page" id="main">
      <div class="nhsuk-panel">
        <h1 class="nhsuk-panel__title" tabIndex={-1} ref={heading}>
          Version {publication.version} is published
        </h1>
        <div class="nhsuk-panel__body">{formatMoment(publication.published_at)}</div>
      </div>
      <p>
        You signed {sentence(titles.map((title) => `“${title}”`))}. Ambulance crews, the team and the person
        see this version from now on.
      </p>
      <p>
        <a href={`/professional/plans/${plan.id}`}>Back to the plan</a>
      </p>
    </main>
  );
}

function refusalWords(problem: unknown): string {
  if (problem instanceof Unreachable)
    return 'The server cannot be reached. Signing needs a signal; try again then.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing was published.';
  const fields = Array.isArray(problem.body.fields)
    ? ` Missing: ${problem.body.fields.map(fieldName).join(', ')}.`
    : '';
  switch (problem.code) {
    case 'unknown-heads':
      return 'The server has not got the words on your screen yet. Wait until the page says “Saved”, and try again.';
    case 'superseded-heads':
      return 'Somebody signed newer words meanwhile. Show the newest words, and look at them again.';
    case 'missing-required':
      return `Something that must be filled in is empty.${fields}`;
    case 'disputed':
    case 'conflicts':
      return 'Something in it stands disputed. Settle it first, and sign then.';
    case 'not-allowed':
      return 'Your role may not sign this.';
    default:
      return problem.message;
  }
}

/** A missing field as the server names it: a text, or an object with `label` or `field`. */
function fieldName(field: unknown): string {
  if (typeof field === 'string') return field;
  const { label, field: id } = (field ?? {}) as Record<string, unknown>;
  return String(label ?? id ?? '');
}
