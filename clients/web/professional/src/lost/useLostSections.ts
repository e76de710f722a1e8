import type { PlanSession, SectionDocument } from '@coplan/care-plan/sync';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Plan } from '../api';
import type { Section } from '@coplan/care-plan/plan';
import { useDevice } from '../signedIn';
import { keepWords, letSectionsGo, letUnlistedGo } from './letGo';

/** Sections that one could read or write a moment ago and cannot now. */
export interface LostSections {
  /** Titles of those that are gone, and of those that can only be read. */
  gone: string[];
  readOnly: string[];
  /** Grows when the words of one have been kept. */
  turn: number;
  dismiss: () => void;
}

/**
 * Lets go of sections as soon as the plan does not list them any more, and of copies that somebody wrote in and may only
 * read now.
 *
 * ```tsx
 * const lost = useLostSections(plan.body, session, definitions);
 * ```
 */
export function useLostSections(
  plan: Plan | undefined,
  session: PlanSession | undefined,
  definitions: Section[] | undefined,
): LostSections {
  const device = useDevice();
  const [lost, setLost] = useState({ gone: [] as string[], readOnly: [] as string[], turn: 0 });
  const before = useRef<PlanSession | undefined>(undefined);
  useEffect(() => {
    const earlier = before.current;
    if (!session || !plan || !definitions) return;
    before.current = session;
    if (earlier === session) return;
    if (earlier?.plan !== session.plan) {
      // What was lost while the plan was closed.
      void letUnlistedGo(device, plan, definitions).then(() =>
        setLost((lost) => ({ ...lost, turn: lost.turn + 1 })),
      );
      return;
    }
    const gone = earlier.sections.filter(({ url }) => !session.sections.some((one) => one.url === url));
    const now = (document: SectionDocument) => session.sections.find(({ url }) => url === document.url);
    const readOnly = earlier.sections.filter((one) => one.writable && now(one)?.writable === false);
    if (gone.length + readOnly.length === 0) return;
    const letGo = async () => {
      await letSectionsGo(device, gone, definitions);
      for (const document of readOnly) {
        if (document.unsent().length === 0) continue;
        await keepWords(device, document, definitions);
        await now(document)?.useTeamsVersion();
      }
      const titles = (documents: SectionDocument[]) => documents.map(({ title }) => title);
      setLost(({ turn }) => ({ gone: titles(gone), readOnly: titles(readOnly), turn: turn + 1 }));
    };
    void letGo();
  }, [plan, session, definitions, device]);
  const dismiss = () => setLost(({ turn }) => ({ gone: [], readOnly: [], turn }));
  return { ...lost, dismiss };
}
