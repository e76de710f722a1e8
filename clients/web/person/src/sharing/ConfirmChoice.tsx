import { formatMoment, type SharingChoice } from '@coplan/care-plan/plan';
import { useEffect, useRef } from 'preact/hooks';
import type { Whose } from '../whose';
import { chosenTitle, effectOf, titleOf, type Wish } from './choices';

interface Props {
  wish: Wish;
  /** What the decisions say: it holds as well, so the wish alone does not say who will read the plan. */
  beside: SharingChoice | null;
  whose: Whose;
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** What a choice means, once more, before it holds. */
export function ConfirmChoice({ wish, beside, whose, busy, onYes, onNo }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="panel confirm" aria-labelledby="confirm">
      <h2 id="confirm" tabIndex={-1} ref={heading}>
        Is this what you want? {titleOf(wish.choice, whose)}
      </h2>
      <ul class="effect">
        {effectOf(wish.choice, whose).map((line) => (
          <li key={line}>{line}</li>
        ))}
        {wish.until && <li>It ends by itself on {formatMoment(wish.until)}.</li>}
      </ul>
      {beside && (
        <p>
          The decisions in {whose.plan} say: <strong>{chosenTitle(beside, whose)}</strong>. That holds as
          well, and the narrower of the two counts.
        </p>
      )}
      <p>It holds at once. You can change it again at any time, and nothing in {whose.plan} is lost.</p>
      <div class="buttons">
        <button class="button" type="button" aria-disabled={busy} onClick={onYes}>
          Yes, this is what I want
        </button>
        <button class="button button--plain" type="button" onClick={onNo}>
          No, go back
        </button>
      </div>
    </section>
  );
}
