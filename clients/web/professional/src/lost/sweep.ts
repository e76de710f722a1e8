/** Lets go of plans that this device holds and that its user may not read any more, though none of them is open. */
import { type DeviceStore, leaseOf } from '@coplan/care-plan/device';
import { get, paths, type PlanId, type PlanSummary, Problem, type Sections } from '../api';

/** Deletes copies that are too old. */
export async function sweepOld(device: DeviceStore, now: number): Promise<void> {
  for (const [plan, confirmedAt] of await device.heldPlans())
    if (leaseOf(confirmedAt, now).kind === 'ended') await letGo(device, plan as PlanId);
}

/** Asks after every plan that this device holds and the list does not name, and lets go of what does not open. */
export async function sweepUnlisted(device: DeviceStore, listed: PlanSummary[]): Promise<void> {
  for (const held of (await device.heldPlans()).keys()) {
    const plan = held as PlanId;
    if (listed.some(({ id }) => id === plan)) continue;
    try {
      await get(paths.plan(plan));
    } catch (problem) {
      const refused = problem instanceof Problem && (problem.status === 403 || problem.status === 404);
      if (refused) await letGo(device, plan);
    }
  }
}

/** Automerge is fetched only where words have to be taken out of a document. */
async function letGo(device: DeviceStore, plan: PlanId): Promise<void> {
  if (!(await device.waiting()).has(plan)) return device.forgetPlan(plan);
  const { letPlanGo } = await import('./letGo');
  const kept = await device.kept<Sections>(paths.sections);
  await letPlanGo(device, plan, kept?.body.sections ?? []);
}
