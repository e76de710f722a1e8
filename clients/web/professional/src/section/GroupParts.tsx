import { read } from '@coplan/care-plan/sync';
import type { Field } from '@coplan/care-plan/plan';
import { valueWords } from '@coplan/care-plan/fields';

/** A group to be read: its parts that hold something, each with its label. */
export function GroupParts({ field, stored }: { field: Field; stored: unknown }) {
  const parts = (stored ?? {}) as Record<string, unknown>;
  const held = field.parts.filter((part) => read(parts[part.id]) !== undefined);
  if (held.length === 0) return <p class="nothing">Not recorded</p>;
  return (
    <dl class="parts">
      {held.map((part) => (
        <div class="parts__row" key={part.id}>
          <dt>{part.label}</dt>
          <dd>{valueWords(part, read(parts[part.id]))}</dd>
        </div>
      ))}
    </dl>
  );
}
