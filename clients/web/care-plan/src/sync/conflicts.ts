import { getConflicts } from '@automerge/automerge/slim';
import { type FieldPath, read, type SectionContent, type Value } from './editing';

/** A value that stands beside another: a scalar, or a group by its parts. */
export type Claim = { value: Value } | { group: Record<string, Value> };

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
  const found = getConflicts(holder, inner ?? first);
  if (!found) return undefined;
  const different = new Map<string, Claim>();
  for (const id of Object.keys(found).sort()) {
    const claim = asClaim(found[id]);
    if (claim) different.set(JSON.stringify(claim), claim);
  }
  return different.size > 1 ? [...different.values()] : undefined;
}

function asClaim(stored: unknown): Claim | undefined {
  const value = read(stored);
  if (value !== undefined) return { value };
  if (typeof stored !== 'object' || stored === null) return undefined;
  const parts = Object.entries(stored).flatMap(([part, scalar]) => {
    const words = read(scalar);
    return words === undefined ? [] : [[part, words] as const];
  });
  return { group: Object.fromEntries(parts) };
}
