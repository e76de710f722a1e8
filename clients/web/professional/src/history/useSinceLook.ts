import { useEffect, useState } from 'preact/hooks';
import { get, paths, type PlanId, post } from '../api';
import { useOpenPlan } from '../openPlan';
import type { Comparison } from '@coplan/care-plan/plan';
import { comparePath } from './entry';

/** What opening each plan found, so that going from page to page neither asks again nor forgets. */
const found = new Map<PlanId, Comparison>();
const asked = new Set<PlanId>();

/** What has changed since I last looked at a plan. */
export interface SinceLook {
  comparison: Comparison | undefined;
  /** How many fields are different. */
  changes: number;
  /** I have read it. */
  forget: () => void;
}

/**
 * Asks once, on opening a plan, what has changed since I last looked; then my look is noted.
 *
 * ```tsx
 * const { comparison, changes } = useSinceLook();
 * ```
 */
export function useSinceLook(): SinceLook {
  const { plan } = useOpenPlan();
  const [, render] = useState(0);
  useEffect(() => {
    if (asked.has(plan.id)) return;
    asked.add(plan.id);
    void askOnce(plan.id).then(() => render((n) => n + 1));
  }, [plan.id]);
  const comparison = found.get(plan.id);
  const forget = () => {
    found.delete(plan.id);
    render((n) => n + 1);
  };
  const changes = comparison?.sections.reduce((sum, { differences }) => sum + differences.length, 0) ?? 0;
  return { comparison, changes, forget };
}

async function askOnce(plan: PlanId): Promise<void> {
  try {
    const body = (await get(comparePath(plan, 'last-look', 'now'))) as Comparison;
    // From the beginning of time: it was never looked at, and all of it is new.
    if (Date.parse(body.from) > 0) {
      found.set(plan, {
        ...body,
        sections: body.sections.filter(({ differences }) => differences.length > 0),
      });
    }
  } catch {
    // Nothing to compare with; the next opening asks again.
  }
  await post(paths.look(plan)).catch(() => asked.delete(plan));
}
