import { formatAgo, formatMoment, isDecided, roleNames, signers } from '@coplan/care-plan/plan';
import { colour, initials } from '@coplan/care-plan/sync';
import { AccessCard } from '../access/AccessCard';
import { Contradictions } from '../disputes/Contradictions';
import { ChangesSinceLook } from '../history/ChangesSinceLook';
import { HistoryCard } from '../history/HistoryCard';
import type { SinceLook } from '../history/useSinceLook';
import { useOpenPlan } from '../openPlan';
import { useOthers } from '../shell/WhoIsHere';
import { RecordsCard } from '../records/RecordsCard';
import type { SectionStanding } from '../signing/useToSign';
import { SuggestionsCard } from '../suggestions/SuggestionsCard';
import { TasksCard } from '../tasks/TasksCard';
import { VaultCard } from '../vault/VaultCard';
import type { NavEntry } from './navEntries';
import { QuarantineCard } from './QuarantineCard';
import { Shortcuts } from './Shortcuts';

/** What is known about the plan and the open section: what does not fit, what waits, who is here, where it stands. */
export function ContextColumn({ current, since }: { current: NavEntry | undefined; since: SinceLook }) {
  const standing = current?.standing;
  return (
    <aside class="plan__context" aria-label="About this plan">
      <ChangesSinceLook since={since} />
      <Contradictions section={current?.id} />
      <SuggestionsCard section={current?.id} />
      <TasksCard />
      <People />
      {standing && !isDecided(standing.definition) && <Standing standing={standing} />}
      {current && <HistoryCard section={current.id} />}
      <QuarantineCard section={current?.id} />
      <RecordsCard section={current?.id} />
      <VaultCard />
      <AccessCard />
      <Shortcuts />
    </aside>
  );
}

function People() {
  const others = useOthers();
  const { plan } = useOpenPlan();
  const titleOf = (id: string) => plan.sections.find((one) => one.section === id)?.title;
  return (
    <section class="context-card" aria-labelledby="here-heading">
      <h2 class="nhsuk-heading-s" id="here-heading">
        Who is here
      </h2>
      {others.length === 0 && <p class="quiet">Only you</p>}
      <ul class="people">
        {others.map((one) => (
          <li key={one.user}>
            <span class={`initials initials--${colour(one.user)}`} aria-hidden="true">
              {initials(one.name)}
            </span>
            <span>
              <strong>{one.name}</strong>
              <span class="people__line">
                {one.jobTitle}, {one.organisationName}
              </span>
              {one.here && <span class="people__line">in {titleOf(one.section)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Standing({ standing }: { standing: SectionStanding }) {
  const { definition, section, document, needsSigning, changed } = standing;
  const changedAt = document.state.value.content && document.lastChangedAt();
  const now = Date.now();
  const { published } = section;
  return (
    <section class="context-card" aria-labelledby="standing-heading">
      <h2 class="nhsuk-heading-s" id="standing-heading">
        This section
      </h2>
      <dl class="facts">
        {changedAt && (
          <div>
            <dt>Last changed</dt>
            <dd>
              {formatMoment(changedAt.toISOString())} ({formatAgo(changedAt.toISOString(), now)})
            </dd>
          </div>
        )}
        <div>
          <dt>{needsSigning ? 'Signed' : 'Shared'}</dt>
          <dd>
            {!published &&
              (needsSigning
                ? 'Not signed yet'
                : definition.audiences.length === 0
                  ? 'Never: it stays with those who write it'
                  : 'By itself, within 5 seconds')}
            {published?.signed &&
              `${published.signed.by}, ${published.signed.job_title}, ${published.signed.organisation}. `}
            {published && `${formatMoment(published.at)}, version ${published.version}`}
            {changed && published && <strong class="facts__alert"> Changed since</strong>}
          </dd>
        </div>
        <div>
          <dt>Written by</dt>
          <dd>{roleNames(definition.writes)}</dd>
        </div>
        {needsSigning && (
          <div>
            <dt>Signed by</dt>
            <dd>{signers(definition.sign_off)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
