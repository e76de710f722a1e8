import {
  type Claim,
  claims,
  type FieldPath,
  isSettled,
  read,
  type SectionContent,
  type Value,
} from '../sync';
import type { Author, Field, Section } from '../plan';
import { capital, itemName, items, valueWords } from './fieldWords';
import type { Conflict, ConflictKind, FieldBody, ToldContender } from './conflict';

/** What a contender says: a value, a group by its parts, or nothing because it was taken away. */
export type Said = { value: Value } | { group: Record<string, Value> } | { takenAway: true };

/** One of the things that people say who disagree. */
export interface Contender {
  said: Said;
  display: string;
  /** A group's parts, each with its label. */
  parts: { label: string; words: string }[];
  by: Author | null;
  at: string | null;
  deviceAt: string | null;
  /** It was said in this window. */
  mine: boolean;
}

/** Something without an agreed value. */
export interface Dispute {
  /** `field`, `list.item.subfield`, or `list.item`. */
  path: string;
  label: string;
  kind: ConflictKind;
  contenders: Contender[];
  /** The contender that holds until it is settled. */
  applies: number | null;
}

const known = new WeakMap<SectionContent, { told: Conflict[]; found: Dispute[] }>();

/**
 * What stands disputed in a section: what this device's document shows, and what the server told of beside it (values
 * that were overwritten unseen, items that were edited and removed). What somebody has settled since is left out.
 *
 * A content never changes, so each is looked through once for what was told.
 */
export function disputesOf(section: Section, content: SectionContent, told: Conflict[]): Dispute[] {
  const before = known.get(content);
  if (before?.told === told) return before.found;
  const mine = section.fields.flatMap((field) => inField(field, content));
  const open = told.filter(
    ({ path, values }) =>
      !isSettled(
        content,
        path,
        values.map(({ change }) => change),
      ),
  );
  const paths = new Set([...mine.map(({ path }) => path), ...open.map(({ path }) => path)]);
  const found = [...paths].map((path) => {
    const here = mine.find((one) => one.path === path);
    const there = open.find((one) => one.path === path);
    return there ? withTold(section, here, there) : (here as LocalDispute);
  });
  known.set(content, { told, found });
  return found;
}

/** A dispute as the server told of it, where this device holds no document. */
export const asTold = (conflict: Conflict): Dispute => ({
  path: conflict.path,
  label: conflict.label,
  kind: conflict.kind,
  contenders: conflict.values.map((value) => fromTold(value)),
  applies: conflict.applies,
});

/** A dispute that the document shows, with the change of each contender. */
type LocalDispute = Dispute & { changes: (string | undefined)[] };

function inField(field: Field, content: SectionContent): LocalDispute[] {
  if (field.denies) return denied(field, content);
  if (field.type !== 'list') return ofValue(field, content, [field.id], field.label);
  return items(content.fields[field.id])
    .filter(([, item]) => item.removed === undefined)
    .flatMap(([id, item]) =>
      field.items.flatMap((inner) =>
        ofValue(
          inner,
          content,
          [field.id, id, inner.id],
          `${field.label}: ${itemName(field, item)}: ${inner.label}`,
        ),
      ),
    );
}

function ofValue(field: Field, content: SectionContent, path: FieldPath, label: string): LocalDispute[] {
  const claimed = field.merge === 'C!' ? claims(content, path) : undefined;
  if (!claimed) return [];
  return [
    {
      path: path.join('.'),
      label,
      kind: 'values',
      contenders: claimed.map((claim) => fromClaim(field, claim)),
      applies: null,
      changes: claimed.map(({ set }) => set.change),
    },
  ];
}

/** "None known" beside a list that holds something: both stand, and the list is what is shown. */
function denied(field: Field, content: SectionContent): LocalDispute[] {
  const list = Object.values(
    (content.fields[field.denies ?? ''] ?? {}) as Record<string, { removed?: unknown }>,
  );
  const left = list.filter((item) => item.removed === undefined);
  const claim = read(content.fields[field.id]);
  if (claim === undefined || claim === false || left.length === 0) return [];
  const contender = (display: string, said: Said): Contender => ({
    said,
    display,
    parts: [],
    by: null,
    at: null,
    deviceAt: null,
    mine: false,
  });
  const contenders = [
    contender(`${left.length} in the list`, { takenAway: true }),
    contender(field.label, { value: claim }),
  ];
  return [{ path: field.id, label: field.label, kind: 'denied', contenders, applies: 0, changes: [] }];
}

/** What the server told knows who and when; what the document shows is newer. */
function withTold(section: Section, here: LocalDispute | undefined, there: Conflict): Dispute {
  const field = fieldAt(section, there.path);
  const told = { ...asTold(there), contenders: there.values.map((value) => fromTold(value, field)) };
  if (!here || here.kind === 'denied') return told;
  const byChange = new Map(there.values.map((value) => [value.change, value]));
  const isWhole = here.changes.every((change) => change !== undefined && byChange.has(change));
  if (isWhole) return { ...told, label: here.label };
  const contenders = here.contenders.map((contender, index) => {
    const value = byChange.get(here.changes[index] ?? '');
    return value ? fromTold(value, field) : contender;
  });
  return { ...here, contenders };
}

function fromClaim(field: Field, claim: Claim): Contender {
  const group = 'group' in claim ? claim.group : {};
  const parts = field.parts
    .map((part) => ({ label: part.label, words: valueWords(part, group[part.id]) }))
    .filter(({ words }) => words !== '');
  return {
    said: 'group' in claim ? { group: claim.group } : { value: claim.value },
    display: 'group' in claim ? parts.map(({ words }) => words).join(', ') : valueWords(field, claim.value),
    parts,
    by: null,
    at: claim.set.at?.toISOString() ?? null,
    deviceAt: null,
    mine: claim.set.mine,
  };
}

function fromTold(told: ToldContender, field?: Field): Contender {
  const parts = (told.fields ?? []).map((part) => ({ label: part.label, words: part.display ?? '' }));
  return {
    said: saidBy(told, field),
    display: told.display || '(taken away)',
    parts: parts.filter(({ words }) => words !== ''),
    by: told.by,
    at: told.at,
    deviceAt: told.device_at ?? null,
    mine: false,
  };
}

function saidBy({ value, fields }: ToldContender, field: Field | undefined): Said {
  if (field?.type === 'group' && (fields || isRecord(value))) return { group: groupOf(value, fields) };
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return { value };
  return { takenAway: true };
}

function groupOf(value: unknown, fields: FieldBody[] | undefined): Record<string, Value> {
  if (isRecord(value)) return value as Record<string, Value>;
  return Object.fromEntries(
    (fields ?? []).flatMap((part) => (part.value === undefined ? [] : [[part.field, part.value]])),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The definition of what stands at a path. */
export function fieldAt(section: Section, path: string): Field | undefined {
  const [first, , inner] = path.split('.');
  const field = section.fields.find(({ id }) => id === first);
  return inner === undefined ? field : field?.items.find(({ id }) => id === inner);
}

/** What the thing at a path is called in a sentence: "contact" for an item, else its label. */
export function nounAt(section: Section, dispute: Dispute): string {
  const list = section.fields.find(({ id }) => id === dispute.path.split('.')[0]);
  return dispute.kind === 'edited-and-removed' ? (list?.item_name ?? 'item') : capital(dispute.label);
}
