/** Decision records as the server answers them, and the commands that make them. */
import { paths, type PlanId, post } from '../api';
import type { FieldBody } from '@coplan/care-plan/fields';
import type { Author } from '@coplan/care-plan/plan';

export type Signed = Author & { at: string };

/** One decision, never changed: what was decided, by whom, and what became of it. */
export interface Decision {
  id: string;
  kind: string;
  state: 'current' | 'disputed' | 'superseded' | 'withdrawn';
  fields: FieldBody[];
  supersedes: string[];
  superseded_by: string[];
  reason: string | null;
  recorded: Signed;
  /** When it was made, by the clock of the device, if it waited there. */
  made_at: string | null;
  endorsed: Signed | null;
  withdrawn: (Signed & { reason: string }) | null;
  may_endorse: boolean;
  may_supersede: boolean;
  may_withdraw: boolean;
  change: string;
}

export interface DecisionKind {
  kind: string;
  label: string;
  may_record: boolean;
  /** It needs a second who endorses it. */
  endorsed: boolean;
  disputed: boolean;
  applies: string | null;
  records: Decision[];
}

export interface Decisions {
  kinds: DecisionKind[];
}

export type Values = Record<string, string | number | boolean | Record<string, string | number | boolean>>;

/** What somebody does with a decision. `id` is made here, so that the same command is never carried out twice. */
export type Command =
  | {
      command: 'record';
      kind: string;
      id: string;
      values: Values;
      supersedes?: string[];
      reason?: string;
      made_at?: string;
    }
  | { command: 'endorse'; kind: string; id: string }
  | { command: 'withdraw'; kind: string; id: string; reason: string };

export async function send(plan: PlanId, command: Command): Promise<Decision> {
  return (await post(paths.decisions(plan), command)) as Decision;
}

/** What a decision says in few words: its first value. */
export function headline(record: Pick<Decision, 'fields'>): string {
  const [first] = record.fields;
  if (!first) return 'Nothing recorded';
  return bodyWords(first);
}

/** A value's words; a group's parts after one another. */
export function bodyWords(body: FieldBody): string {
  if (body.fields) return body.fields.map(bodyWords).filter(Boolean).join(', ');
  return body.display ?? String(body.value ?? '');
}

/** The decisions of one kind that stand: one, or several side by side if they are disputed. */
export const standing = (kind: DecisionKind): Decision[] =>
  kind.records.filter(({ state }) => state === 'current' || state === 'disputed');
