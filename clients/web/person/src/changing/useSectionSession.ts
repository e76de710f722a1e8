import { PlanSession } from '@coplan/care-plan/sync';
import { useEffect, useState } from 'preact/hooks';
import { ask, paths, type Plan, type PlanSection } from '../api';
import { useDevice } from '../device';
import { theRepo } from './repo';

/** One part of the plan, opened to be written in; closed when the page is left. What waits then stays on the device. */
export function useSectionSession(
  plan: Plan,
  section: PlanSection,
  lose: () => void,
): PlanSession | undefined {
  const device = useDevice();
  const [session, setSession] = useState<PlanSession>();
  useEffect(() => {
    let wanted = true;
    let made: PlanSession | undefined;
    let end = () => {};
    // So that what is kept here is known to have been confirmed by the service today.
    void device.keep(paths.plan(plan.id), { id: plan.id });
    void theRepo(device.user).then((opened) => {
      if (!wanted) return;
      made = new PlanSession(plan.id, [section], opened, device);
      made.open();
      end = made.refusals.subscribe(() => void look(plan.id, section, lose));
      setSession(made);
    });
    return () => {
      wanted = false;
      end();
      made?.close();
      setSession(undefined);
    };
  }, [plan.id, section, device, lose]);
  return session;
}

/** The hub does not give the part any more: if the plan says so too, it is lost. */
async function look(plan: string, section: PlanSection, lose: () => void): Promise<void> {
  const answer = await ask<Plan>(paths.plan(plan));
  const may = answer.ok
    ? answer.value.sections.some(({ url, access }) => url === section.url && access === 'write')
    : answer.trouble !== 'refused' && answer.trouble !== 'not-found';
  if (!may) lose();
}
