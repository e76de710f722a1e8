import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { useOpenPlan } from '../openPlan';
import { ContextColumn } from '../section/ContextColumn';
import { SectionNav } from '../section/SectionNav';
import { SectionView } from '../section/SectionView';
import { useShortcuts } from '../section/useShortcuts';
import { useStandings } from '../signing/useToSign';

const tabs = [
  { id: 'sections', label: 'Sections' },
  { id: 'section', label: 'This section' },
  { id: 'context', label: 'About it' },
] as const;
type Tab = (typeof tabs)[number]['id'];

/** A plan: its sections, one of them open, and what is known about it. On a phone the three stand behind three tabs. */
export function PlanPage({ section }: { section: string | undefined }) {
  const { plan } = useOpenPlan();
  const { route } = useLocation();
  const standings = useStandings();
  const [tab, setTab] = useState<Tab>(section ? 'section' : 'sections');
  const current = standings.find((one) => one.definition.id === section) ?? standings[0];
  useEffect(() => {
    if (section) setTab('section');
  }, [section]);
  useShortcuts(standings, current, (id) => route(`/professional/plans/${plan.id}/${id}`));
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
          </button>
        ))}
      </div>
      <div class="plan__columns">
        <SectionNav standings={standings} current={current} onChoose={() => setTab('section')} />
        <div class="plan__section">
          {current ? (
            <SectionView key={current.definition.id} standing={current} />
          ) : (
            <p>Your role opens no section of this plan.</p>
          )}
        </div>
        <ContextColumn current={current} />
      </div>
    </main>
  );
}
