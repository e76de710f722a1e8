import { controlId, type FieldPlace } from '@coplan/care-plan/fields';
import type { Field } from '@coplan/care-plan/plan';
import { clear, read, setScalar } from '@coplan/care-plan/sync';

/** A scale has no more points than fit under one another on a phone. */
const POINTS_MAX = 11;

/** Whether a number is chosen on a scale: it has few points, and no unit. */
export function isScale({ type, min, max, unit }: Field): boolean {
  return type === 'integer' && !unit && min !== null && max !== null && max - min < POINTS_MAX;
}

/** A number on a scale, one press each. Saved as soon as it is chosen. */
export function ScaleControl({
  field,
  document,
  path,
  stored,
  describedBy,
}: FieldPlace & { describedBy?: string | undefined }) {
  const id = controlId(document, path);
  const chosen = read(stored);
  const min = field.min ?? 1;
  const points = Array.from({ length: (field.max ?? 10) - min + 1 }, (_, nth) => nth + min);
  const choose = (value: number) => document.change((content) => setScalar(content, path, value));
  return (
    <div class="points" role="radiogroup" aria-labelledby={`${id}-label`} aria-describedby={describedBy}>
      {points.map((point, nth) => {
        const pointId = nth === 0 ? id : `${id}-${point}`;
        return (
          <span class="points__point" key={point}>
            <input
              type="radio"
              id={pointId}
              name={id}
              checked={chosen === point}
              onChange={() => choose(point)}
            />
            <label for={pointId}>{point}</label>
          </span>
        );
      })}
      {chosen !== undefined && (
        <button
          class="text-button"
          type="button"
          onClick={() => document.change((content) => clear(content, path))}
        >
          Not sure<span class="for-ear">: take the number for “{field.label}” away</span>
        </button>
      )}
    </div>
  );
}
