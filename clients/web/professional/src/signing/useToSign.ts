import type { SectionDocument } from '@coplan/care-plan/sync';
import { useEffect, useState } from 'preact/hooks';
import type { PlanSection } from '../api';
import type { Section } from '@coplan/care-plan/plan';
import { type Conflict, type Dispute, disputesOf } from '@coplan/care-plan/fields';
import { toldOf, useOpenPlan } from '../openPlan';
import { isEmpty } from './missing';

/** How a section stands with what was last published of it. */
export interface SectionStanding {
  section: PlanSection;
  definition: Section;
  document: SectionDocument;
  /** It needs a signature to be published. */
  needsSigning: boolean;
  maySign: boolean;
  /** It holds something. */
  written: boolean;
  /** What stands disputed in it. */
  disputes: Dispute[];
  /** It needs a signature, and holds what has not been signed. */
  changed: boolean;
}

/** Every synced section's standing, in the order of the plan; a new rendering with every change of any. */
export function useStandings(): SectionStanding[] {
  const { plan, definitions, session, conflicts } = useOpenPlan();
  useEveryChange(session.sections);
  return definitions.flatMap((definition) => {
    const section = plan.sections.find((one) => one.section === definition.id);
    const document = session.section(definition.id);
    return section && document
      ? [standing(section, definition, document, toldOf(conflicts.body, definition.id))]
      : [];
  });
}

/** The standings of the sections that need a signature. */
export function useToSign(): SectionStanding[] {
  return useStandings().filter((one) => one.needsSigning);
}

function standing(
  section: PlanSection,
  definition: Section,
  document: SectionDocument,
  told: Conflict[],
): SectionStanding {
  const { content, heads } = document.state.value;
  const fields = content?.fields ?? {};
  const written = definition.fields.some((field) => !isEmpty(field, fields[field.id]));
  const signed = [...(section.published?.heads ?? [])].sort();
  const needsSigning = section.sign_off !== 'none';
  const differs = section.published ? heads.join() !== signed.join() : written;
  return {
    section,
    definition,
    document,
    needsSigning,
    maySign: section.may_sign,
    written,
    disputes: content ? disputesOf(definition, content, told) : [],
    changed: needsSigning && content !== undefined && differs,
  };
}

function useEveryChange(documents: SectionDocument[]): void {
  const [, render] = useState(0);
  useEffect(() => {
    const endings = documents.map(({ state }) => state.subscribe(() => render((n) => n + 1)));
    return () => endings.forEach((end) => end());
  }, [documents]);
}
