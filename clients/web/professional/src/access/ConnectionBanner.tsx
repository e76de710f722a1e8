import { formatMoment } from '@coplan/care-plan/plan';
import { useEffect, useState } from 'preact/hooks';
import { isLaunched } from '../api';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import { sentenceOf } from './claim';
import { glassWords } from './glass';
import { useHost } from './useHost';

/** How often the time that is left is told anew. */
const TICK_MS = 10_000;

/** On every page of a plan: what whoever has it open must know of their way to it. */
export function ConnectionBanner() {
  const { plan } = useOpenPlan();
  const glass = plan.banner?.kind === 'break-glass' || plan.connection === 'break-glass';
  const other = plan.banner && plan.banner.kind !== 'break-glass' ? plan.banner : undefined;
  return (
    <>
      {glass && plan.until && <Glass until={plan.until} />}
      {glass && !plan.until && (
        <Strip kind="break-glass" mark="!" words="You opened this plan by breaking the glass." />
      )}
      {other && (
        <Strip
          kind={other.kind}
          mark={other.kind === 'objection' ? '✋' : '◐'}
          words={sentenceOf(other.sentence)}
        />
      )}
      {!glass && plan.connection === 'asserted' && <Asserted until={plan.until} />}
      <Launched />
    </>
  );
}

function Glass({ until }: { until: string }) {
  const { refresh } = useOpenPlan();
  const [now, setNow] = useState(Date.now);
  const { sentence, left, over } = glassWords(until, now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (over) refresh();
  }, [over, refresh]);
  return <Strip kind="break-glass" mark="!" words={sentence} more={left} />;
}

function Asserted({ until }: { until: string | null | undefined }) {
  const { plan } = useOpenPlan();
  return (
    <p class="way-strip way-strip--asserted">
      <span class="way-strip__inner">
        You said that you care for this person.
        {until && ` The plan stays open to you until ${dayOf(until)}.`}{' '}
        <a href={`/professional/plans/${plan.id}/team`}>End it sooner</a>
      </span>
    </p>
  );
}

/** The day in London. */
const dayOf = (moment: string): string => formatMoment(moment).split(',')[0] ?? '';

function Launched() {
  const me = useMe();
  const launched = isLaunched(me);
  const host = useHost(launched);
  if (!launched) return null;
  return (
    <p class="way-strip way-strip--launched">
      <span class="way-strip__inner">
        Opened from {host ?? 'another record'}. This is the only plan open here.
      </span>
    </p>
  );
}

function Strip({ kind, mark, words, more }: { kind: string; mark: string; words: string; more?: string }) {
  return (
    <div class={`way-strip way-strip--${kind}`} role="status">
      <p class="way-strip__inner">
        <span class="way-strip__mark" aria-hidden="true">
          {mark}
        </span>
        <span>
          <strong>{words}</strong>
          {more && <span class="way-strip__more"> {more}</span>}
        </span>
      </p>
    </div>
  );
}
