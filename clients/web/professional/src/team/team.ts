/** Who works with a plan, as the server says. */
import type { Author } from '@coplan/care-plan/plan';
import { paths, type PlanId } from '../api';

export interface Organisation {
  code: string;
  name: string;
  kind: string;
  region?: string;
}

export interface TeamOrganisation extends Organisation {
  since: string;
  by: Author | null;
}

export interface TeamMember {
  user: string;
  name: string;
  job_title: string;
  organisation: string;
  part: 'in' | 'out';
  reason: string;
  since: string;
  by: Author | null;
}

export interface Relationship {
  id: string;
  user: string;
  name: string;
  job_title: string;
  organisation: string;
  kind: 'asserted' | 'launched' | 'break-glass';
  reason: string;
  from: string;
  until: string;
}

export interface Team {
  home: { code: string; name: string } | null;
  organisations: TeamOrganisation[];
  members: TeamMember[];
  relationships: Relationship[];
  may_manage: boolean;
}

export interface Colleague {
  user: string;
  name: string;
  job_title: string;
  organisation: string;
}

export const organisationPath = (plan: PlanId, code: string): string =>
  `${paths.team(plan)}/organisations/${encodeURIComponent(code)}`;
export const memberPath = (plan: PlanId, user: string): string =>
  `${paths.team(plan)}/members/${encodeURIComponent(user)}`;
export const relationshipPath = (id: string): string => `${paths.relationships}/${encodeURIComponent(id)}`;
export const colleaguesPath = (q: string): string => `/api/colleagues?q=${encodeURIComponent(q)}`;

const KINDS: Record<string, string> = {
  'general-practice': 'General practice',
  community: 'Community health',
  hospice: 'Hospice',
  hospital: 'Hospital',
  'social-care': 'Council',
  'care-provider': 'Care provider',
  emergency: 'Ambulance and urgent care',
  pharmacy: 'Pharmacy',
  other: 'Other',
};

/** What kind of organisation it is. */
export const kindWords = (kind: string): string => KINDS[kind] ?? KINDS.other ?? '';

/** How somebody came to a plan that is not their team's. */
export const relationshipWords: Record<Relationship['kind'], string> = {
  asserted: 'said that they care for the person',
  launched: 'came from another record',
  'break-glass': 'broke the glass',
};
