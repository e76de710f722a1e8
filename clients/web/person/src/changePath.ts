import type { Plan } from './api';

/** Where a part of the plan is changed, or a field of it; nothing where the reader may not. */
export function changePath(plan: Plan, section: string): ((field?: string) => string) | undefined {
  const may = plan.sections.some((one) => one.section === section && one.access === 'write');
  if (!may) return undefined;
  return (field) =>
    `/person/plans/${plan.id}/change/${section}${field ? `/${encodeURIComponent(field)}` : ''}`;
}
