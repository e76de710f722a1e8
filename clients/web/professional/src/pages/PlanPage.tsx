import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { DecisionsView } from '../decisions/DecisionsView';
import { isDecided } from '@coplan/care-plan/plan';
import { UndoKey } from '../history/UndoKey';
import { useSinceLook } from '../history/useSinceLook';
import { useOpenPlan } from '../openPlan';
import { PublishedSection } from '../published/PublishedSection';
import { ContextColumn } from '../section/ContextColumn';
import { type NavEntry, useNavEntries } from '../section/navEntries';
import { SectionNav } from '../section/SectionNav';
import { SectionView } from '../section/SectionView';
import { useShortcuts } from '../section/useShortcuts';

const tabs = [
  { id: 'sections', label: 'Sections' },
  { id: 'section', label: 'This section' },
  { id: 'context', label: 'About it' },
] as const;
export type Tab = (typeof tabs)[number]['id'];

/** A plan: its sections, one of them open, and what is known about it. On a phone the three stand behind three tabs. */
export function PlanPage({ section }: { section: string | undefined }) {
  const { plan } = useOpenPlan();
  const { route } = useLocation();
  const entries = useNavEntries();
  const since = useSinceLook();
  const [tab, setTab] = useState<Tab>(section ? 'section' : 'sections');
  const current = entries.find(({ id }) => id === section) ?? entries[0];
  useEffect(() => {
    if (section) setTab('section');
  }, [section]);
  useShortcuts({
    entries,
    current,
    open: (id) => route(`/professional/plans/${plan.id}/${id}`),
    show: setTab,
  });
  return (
    <main class="plan" id="main" data-tab={tab}>
      <div class="plan__tabs" role="group" aria-label="Show">
        {tabs.map(({ id, label }) => (
          <button
            key={id}
            class="plan__tab"
            type="button"
            aria-pressed={tab === id}
            onClick={() => setTab(id)}
          >
            {label}
            {id === 'context' && since.changes > 0 && (
              <>
                {' '}
                ({since.changes}
                <span class="nhsuk-u-visually-hidden"> new</span>)
              </>
            )}
          </button>
        ))}
      </div>
      <UndoKey />
      <div class="plan__columns">
        <SectionNav entries={entries} current={current} onChoose={() => setTab('section')} />
        <div class="plan__section">
          {current ? (
            <Current key={current.id} entry={current} />
          ) : (
            <p>Your role opens no section of this plan.</p>
          )}
        </div>
        <ContextColumn current={current} since={since} />
      </div>
    </main>
  );
}

/** The open section: decisions, a document that is synced, or what is published. */
function Current({ entry }: { entry: NavEntry }) {
  if (isDecided(entry.definition)) return <DecisionsView entry={entry} />;
  if (entry.standing) return <SectionView standing={entry.standing} maySuggest={entry.maySuggest} />;
  return <PublishedSection entry={entry} />;
}
