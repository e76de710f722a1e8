import { formatAge, formatDate, formatMoment, formatNhsNumber, isDecided } from '@coplan/care-plan/plan';
import { useOpenPlan } from '../openPlan';
import { useStandings } from '../signing/useToSign';
import { alertsFact, allergiesFact, type BannerFact, CPR, cprFact } from './facts';

/** Always in view on a plan's pages: whose plan it is, and what nobody may miss. */
export function PersonBanner() {
  const { plan, decisions, definitions, view } = useOpenPlan();
  const standings = useStandings();
  const { person } = plan;
  const kind = decisions.body?.kinds.find((one) => one.kind === CPR);
  const section = definitions.find((one) => isDecided(one) && one.fields.some(({ id }) => id === CPR));
  const allergies = allergiesFact(standings, view.body);
  const alerts = alertsFact(standings, view.body);
  return (
    <section class="person-banner" aria-label="Person">
      <div class="person-banner__inner">
        <p class="person-banner__name">
          <bdi>{person.name}</bdi>
          {person.preferred_name && (
            <span class="person-banner__known">
              {' '}
              known as <bdi>{person.preferred_name}</bdi>
            </span>
          )}
        </p>
        <dl class="person-banner__facts">
          <div>
            <dt>Born</dt>
            <dd>
              {formatDate(person.born)} ({formatAge(person.born, Date.now())})
            </dd>
          </div>
          <div>
            <dt>NHS number</dt>
            <dd class="person-banner__number">{formatNhsNumber(person.nhs_number)}</dd>
          </div>
        </dl>
      </div>
      {section && (
        <div class="person-facts">
          <dl class="person-facts__inner">
            <Fact
              label="CPR"
              fact={cprFact(kind, view.body)}
              keptAt={decisions.keptAt}
              href={`/professional/plans/${plan.id}/${section.id}`}
            />
            {allergies && <Fact label="Allergies" fact={allergies} />}
            {alerts && <Fact label="Alerts" fact={alerts} alert />}
          </dl>
        </div>
      )}
    </section>
  );
}

function Fact({
  label,
  fact,
  href,
  alert,
  keptAt,
}: {
  label: string;
  fact: BannerFact;
  href?: string;
  alert?: boolean;
  /** It is as this device last heard of it. */
  keptAt?: string | undefined;
}) {
  const marked = fact.disputed ? 'disputed' : fact.empty ? 'empty' : alert ? 'alert' : 'plain';
  return (
    <div class={`person-fact person-fact--${marked}`}>
      <dt>{label}</dt>
      <dd tabIndex={alert ? 0 : undefined}>
        {fact.disputed && <span aria-hidden="true">▲ </span>}
        {href ? <a href={href}>{fact.words}</a> : <bdi>{fact.words}</bdi>}
        {fact.note && <span class="person-fact__note"> {fact.note}</span>}
        {keptAt && <span class="person-fact__note"> (offline, as of {formatMoment(keptAt)})</span>}
      </dd>
    </div>
  );
}
