import { type Conflict, type Conflicts, type Dispute, disputesOf } from '@coplan/care-plan/fields';
import type { Section } from '@coplan/care-plan/plan';
import { type PlanSession, type SectionDocument, useObservable, useSection } from '@coplan/care-plan/sync';
import { useEffect, useState } from 'preact/hooks';
import { ask, paths } from '../api';

/** How often the service is asked what it knows of disagreements, while the page is looked at. */
const ASK_EVERY_MS = 15_000;
const NONE: Dispute[] = [];

/** What stands disputed in a part: what its document shows, and what the service knows beside that. */
export function useDisputes(definition: Section, document: SectionDocument, session: PlanSession): Dispute[] {
  const [told, setTold] = useState<Conflict[]>([]);
  const { content } = useSection(document);
  const saved = useObservable(session.status).kind === 'saved';
  const { plan, section } = document;
  useEffect(() => {
    let here = true;
    const look = async () => {
      if (window.document.visibilityState !== 'visible') return;
      const answer = await ask<Conflicts>(paths.conflicts(plan));
      if (here && answer.ok) setTold(answer.value.conflicts.filter((one) => one.section === section));
    };
    void look();
    const timer = setInterval(() => void look(), ASK_EVERY_MS);
    return () => {
      here = false;
      clearInterval(timer);
    };
  }, [plan, section, saved]);
  return content ? disputesOf(definition, content, told) : NONE;
}
