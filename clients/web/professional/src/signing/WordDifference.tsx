import { wordDiff } from './wordDiff';

/** A text's difference: what went is struck through, what came is underlined, and both are said to screen readers. */
export function WordDifference({ before, after }: { before: string; after: string }) {
  if (before === '') return <span class="changes__text">{after}</span>;
  return (
    <span class="changes__text">
      {wordDiff(before, after).map((piece, index) => {
        if (piece.kind === 'same') return piece.text;
        const Tag = piece.kind === 'added' ? 'ins' : 'del';
        return (
          <Tag key={index}>
            <span class="nhsuk-u-visually-hidden"> {piece.kind}: </span>
            {piece.text}
            <span class="nhsuk-u-visually-hidden"> end {piece.kind} </span>
          </Tag>
        );
      })}
    </span>
  );
}
