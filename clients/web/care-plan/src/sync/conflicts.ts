import * as A from '@automerge/automerge/slim';
import { type FieldPath, read, type SectionContent, type Value } from './editing';

/** A value that stands beside another: a scalar, or a group by its parts; and the change that set it. */
export type Claim = ({ value: Value } | { group: Record<string, Value> }) & { set: ChangeMark };

/** The change that set a value, as far as the document tells: who it was, the server knows. */
export interface ChangeMark {
  /** Hash in hex. */
  change: string | undefined;
  /** By the clock of the device that made it. */
  at: Date | undefined;
  /** It was made by this device. */
  mine: boolean;
}

/**
 * The different values of one register that were set without having seen each other; nothing if there is one only.
 *
 * The same value set twice is agreement, not a conflict. To settle it is to clear it and to write any value in one
 * change: Automerge leaves out a write of the value that it shows already.
 */
export function claims(content: SectionContent, path: FieldPath): Claim[] | undefined {
  const [first, item, inner] = path;
  const list = content.fields[first] as Record<string, Record<string, unknown>> | undefined;
  const holder = item === undefined ? content.fields : list?.[item];
  if (!holder) return undefined;
  const found = A.getConflicts(holder, inner ?? first);
  if (!found) return undefined;
  const different = new Map<string, Claim>();
  for (const id of Object.keys(found).sort()) {
    const claim = asClaim(found[id]);
    if (claim) different.set(JSON.stringify(claim), { ...claim, set: markOf(content, id) });
  }
  return different.size > 1 ? [...different.values()] : undefined;
}

function asClaim(stored: unknown): { value: Value } | { group: Record<string, Value> } | undefined {
  const value = read(stored);
  if (value !== undefined) return { value };
  if (typeof stored !== 'object' || stored === null) return undefined;
  const parts = Object.entries(stored).flatMap(([part, scalar]) => {
    const words = read(scalar);
    return words === undefined ? [] : [[part, words] as const];
  });
  return { group: Object.fromEntries(parts) };
}

/**
 * Whether somebody who had seen all of these changes has settled what stood disputed at a path: `field`,
 * `list.item.subfield`, or `list.item`. What a settling had not seen stays open.
 */
export function isSettled(content: SectionContent, path: string, changes: readonly string[]): boolean {
  const { settled } = content;
  if (!settled || !A.isAutomerge(content)) return false;
  return Object.entries(settled).some(([id, entry]) => {
    if (read(entry.path) !== path) return false;
    const made = A.getObjectId(settled, id);
    const settling = made ? changeOf(content, made)?.hash : undefined;
    return settling !== undefined && hasSeen(content, settling, changes);
  });
}

/** Whether a change was made by somebody who had all of `seen`. */
function hasSeen(content: SectionContent, change: string, seen: readonly string[]): boolean {
  const depsOf = new Map(changesIn(content).map(({ hash, deps }) => [hash, deps]));
  const left = new Set(seen);
  const met = new Set<string>();
  const next = [change];
  for (let hash = next.pop(); hash !== undefined && left.size > 0; hash = next.pop()) {
    if (met.has(hash)) continue;
    met.add(hash);
    left.delete(hash);
    next.push(...(depsOf.get(hash) ?? []));
  }
  return left.size === 0;
}

/** A content never changes, so its changes are listed once, and only when somebody disagrees in it. */
const changesOf = new WeakMap<SectionContent, A.ChangeMetadata[]>();

/** The change of an operation, named as Automerge names it: `counter@actor`. */
function changeOf(content: SectionContent, operation: string): A.ChangeMetadata | undefined {
  const [counter, actor] = operation.split('@');
  const within = ({ startOp, maxOp }: A.ChangeMetadata) =>
    startOp <= Number(counter) && Number(counter) <= maxOp;
  return changesIn(content).find((one) => one.actor === actor && within(one));
}

function changesIn(content: SectionContent): A.ChangeMetadata[] {
  const changes = changesOf.get(content) ?? A.getChangesMetaSince(content, []);
  changesOf.set(content, changes);
  return changes;
}

function markOf(content: SectionContent, operation: string): ChangeMark {
  const change = A.isAutomerge(content) ? changeOf(content, operation) : undefined;
  return {
    change: change?.hash,
    at: change && change.time > 0 ? new Date(change.time * 1000) : undefined,
    mine: change !== undefined && change.actor === A.getActorId(content),
  };
}
