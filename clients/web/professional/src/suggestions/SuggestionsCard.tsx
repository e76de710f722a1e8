import { useOpenPlan } from '../openPlan';
import { SuggestionCard } from './SuggestionCard';

/** Suggestions to decide: those of the open section, and how many more there are. */
export function SuggestionsCard({ section }: { section: string | undefined }) {
  const { suggestions, plan } = useOpenPlan();
  const open = (suggestions.body?.suggestions ?? []).filter(
    ({ state, may_decide }) => state === 'open' && may_decide,
  );
  const href = `/professional/plans/${plan.id}/suggestions`;
  const here = open.filter((one) => one.section === section);
  const elsewhere = open.length - here.length;
  if ((suggestions.body?.suggestions ?? []).length === 0) return null;
  return (
    <section class="context-card" aria-labelledby="suggestions-heading">
      <h2 class="nhsuk-heading-s" id="suggestions-heading">
        Suggestions
      </h2>
      {here.map((one) => (
        <SuggestionCard key={one.id} suggestion={one} />
      ))}
      <p>
        <a href={href}>
          {open.length === 0
            ? 'All suggestions'
            : elsewhere === 0
              ? 'All suggestions on one page'
              : `${elsewhere} to decide ${here.length > 0 ? 'in other sections' : 'in this plan'}`}
        </a>
      </p>
    </section>
  );
}
