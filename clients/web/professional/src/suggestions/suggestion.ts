/** Suggestions: what somebody proposes who does not write a section, and what became of it. */
import type { Author } from '@coplan/care-plan/plan';
import { paths, type PlanId, post, type SectionId } from '../api';

type Value = string | number | boolean;
type GroupValues = Record<string, Value>;

/** One edit, as the server makes it. */
export type Edit =
  | { 'set-text': { field: string; text: string } }
  | { set: { field: string; value: Value } }
  | { clear: { field: string } }
  | { 'set-group': { field: string; values: GroupValues } }
  | { 'add-item': { field: string; id: string; values: Record<string, Value | GroupValues> } }
  | { 'set-item': { field: string; item: string; subfield: string; value: Value | GroupValues | null } }
  | { 'remove-item': { field: string; item: string; reason: string } };

export interface Suggestion {
  id: string;
  section: SectionId;
  title: string;
  path: string;
  label: string;
  edit: Edit;
  current: string | null;
  proposed: string;
  reason: string;
  by: Author;
  made_at: string;
  state: 'open' | 'accepted' | 'edited' | 'declined' | 'withdrawn';
  decided_by: Author | null;
  decided_at: string | null;
  decision_reason: string | null;
  decided_edit: Edit | null;
  change: string | null;
  may_decide: boolean;
}

export interface Suggestions {
  suggestions: Suggestion[];
}

export type Verdict =
  | { decision: 'accept' }
  | { decision: 'edit'; edit: Edit; reason?: string }
  | { decision: 'decline'; reason: string }
  | { decision: 'withdraw' };

export async function suggest(
  plan: PlanId,
  suggestion: { id: string; section: SectionId; edit: Edit; reason: string },
): Promise<void> {
  await post(paths.suggestions(plan), suggestion);
}

export async function decide(plan: PlanId, suggestion: string, verdict: Verdict): Promise<void> {
  await post(`${paths.suggestions(plan)}/${suggestion}/decision`, verdict);
}
