import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { Problem, startSection, Unreachable } from '../api';
import { useOpenPlan } from '../openPlan';

/** Sections that the plan could have: each with what it is for, and the button that starts it. */
export function AddPathway() {
  const { plan, refresh } = useOpenPlan();
  const { route } = useLocation();
  const [busy, setBusy] = useState<string>();
  const [fault, setFault] = useState<string>();
  const offered = plan.offered ?? [];
  if (offered.length === 0) return null;
  const add = async (section: string) => {
    setBusy(section);
    setFault(undefined);
    try {
      await startSection(plan.id, section);
      refresh();
      route(`/professional/plans/${plan.id}/${section}`);
    } catch (problem) {
      setFault(faultWords(problem));
      refresh();
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <details class="add-pathway">
      <summary>Add a pathway</summary>
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      <ul class="add-pathway__list">
        {offered.map(({ section, title, summary }) => (
          <li key={section}>
            <p class="add-pathway__title">{title}</p>
            <p class="quiet">{summary}</p>
            <button
              class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
              type="button"
              disabled={busy !== undefined}
              onClick={() => void add(section)}
            >
              {busy === section ? 'Adding…' : 'Add'}
              <span class="nhsuk-u-visually-hidden"> {title}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function faultWords(problem: unknown): string {
  if (problem instanceof Unreachable) return 'The server cannot be reached. Adding a pathway needs a signal.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing was added.';
  if (problem.code === 'section-exists') return 'Somebody has added it meanwhile.';
  return problem.status === 403 ? 'Your role does not add this pathway.' : problem.message;
}
