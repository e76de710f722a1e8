import type { Field } from '@coplan/care-plan/plan';

/** How many points a scale has, from its definition: 1 to 10. */
export function scaleOf(field: Field | undefined): { min: number; max: number } {
  return { min: field?.min ?? 1, max: field?.max ?? 10 };
}

/** A number on its scale: filled points beside the words, so that neither colour nor shape is all there is. */
export function ConfidenceScale({
  label,
  value,
  field,
}: {
  label: string;
  value: number | null;
  field: Field | undefined;
}) {
  const { min, max } = scaleOf(field);
  const points = Array.from({ length: max - min + 1 }, (_, nth) => nth + min);
  return (
    <div class="scale">
      <p>
        {label}: <strong>{value === null ? 'not said yet' : `${value} out of ${max}`}</strong>
      </p>
      {value !== null && (
        <span class="scale__points" aria-hidden="true">
          {points.map((point) => (
            <span class={point <= value ? 'scale__point scale__point--full' : 'scale__point'} key={point} />
          ))}
        </span>
      )}
    </div>
  );
}
