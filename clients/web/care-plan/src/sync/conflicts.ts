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
 * The same value set twice is agreement, not a conflict. To settle it is to write any value.
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

/** A content never changes, so its changes are listed once, and only when somebody disagrees in it. */
const changesOf = new WeakMap<SectionContent, A.ChangeMetadata[]>();

/** The change of an operation, named as Automerge names it: `counter@actor`. */
function markOf(content: SectionContent, operation: string): ChangeMark {
  const [counter, actor] = operation.split('@');
  if (!A.isAutomerge(content)) return { change: undefined, at: undefined, mine: false };
  const changes = changesOf.get(content) ?? A.getChangesMetaSince(content, []);
  changesOf.set(content, changes);
  const within = ({ startOp, maxOp }: A.ChangeMetadata) =>
    startOp <= Number(counter) && Number(counter) <= maxOp;
  const change = changes.find((one) => one.actor === actor && within(one));
  return {
    change: change?.hash,
    at: change && change.time > 0 ? new Date(change.time * 1000) : undefined,
    mine: actor === A.getActorId(content),
  };
}
