/** How sure somebody has been over time: a line to look at, and the same as a table. */
import { formatDate, formatMoment } from '@coplan/care-plan/plan';
import type { Moment } from './goals';

interface Props {
  goal: string;
  label: string;
  moments: Moment[];
  max: number;
}

const WIDTH = 280;
const HEIGHT = 96;
const EDGE = 10;

export function ConfidenceLine({ goal, label, moments, max }: Props) {
  if (moments.length < 2) return null;
  return (
    <figure class="line">
      <figcaption>{label}, over time</figcaption>
      <Drawing moments={moments} max={max} />
      <details class="fold">
        <summary>
          The same as a table<span class="for-ear">: {goal}</span>
        </summary>
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Out of {max}</th>
            </tr>
          </thead>
          <tbody>
            {moments.map(({ at, value }) => (
              <tr key={at}>
                <td>{formatMoment(at)}</td>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Drawing({ moments, max }: { moments: Moment[]; max: number }) {
  const points = pointsOf(moments, max);
  const [first, last] = [moments[0], moments.at(-1)];
  return (
    <>
      <svg class="line__drawing" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <line class="line__floor" x1="0" x2={WIDTH} y1={HEIGHT - EDGE} y2={HEIGHT - EDGE} />
        <line class="line__floor" x1="0" x2={WIDTH} y1={EDGE} y2={EDGE} />
        <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} />
        {points.map(({ x, y }, nth) => (
          <circle cx={x} cy={y} r="5" key={nth} />
        ))}
      </svg>
      <p class="line__ends" aria-hidden="true">
        <span>
          {first?.value} on {first && formatDate(first.at.slice(0, 10))}
        </span>
        <span>
          {last?.value} on {last && formatDate(last.at.slice(0, 10))}
        </span>
      </p>
    </>
  );
}

/** Where each moment stands in the drawing: by time from left to right, by number from below. */
export function pointsOf(moments: Moment[], max: number): { x: number; y: number }[] {
  const times = moments.map(({ at }) => Date.parse(at));
  const [begin, end] = [Math.min(...times), Math.max(...times)];
  return moments.map(({ value }, nth) => ({
    x: round(EDGE + ((WIDTH - 2 * EDGE) * ((times[nth] ?? begin) - begin)) / Math.max(1, end - begin)),
    y: round(HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * value) / max),
  }));
}

const round = (number: number): number => Math.round(number * 10) / 10;
