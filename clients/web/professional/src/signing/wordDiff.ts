/** A run of words that stayed, came, or went. */
export interface Piece {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

/** Above this many pairs of words a text is shown as replaced as a whole, so that a page never hangs on one. */
const PAIRS_MAX = 4_000_000;

/** The difference of two texts, word by word, as the longest common run of words leaves it. */
export function wordDiff(before: string, after: string): Piece[] {
  const [old, now] = [words(before), words(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  const middle = differing(old.slice(start, old.length - end), now.slice(start, now.length - end));
  const same = (run: string[]): Piece => ({ kind: 'same', text: run.join('') });
  return joined([same(old.slice(0, start)), ...middle, same(old.slice(old.length - end))]);
}

const words = (text: string): string[] => text.match(/\s+|[^\s]+/g) ?? [];

function differing(old: string[], now: string[]): Piece[] {
  if (old.length * now.length > PAIRS_MAX) {
    return [
      { kind: 'removed', text: old.join('') },
      { kind: 'added', text: now.join('') },
    ];
  }
  const common = commonLengths(old, now);
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      pieces.push({ kind: 'same', text: old[i] as string });
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || at(common, i + 1, j) >= at(common, i, j + 1))) {
      pieces.push({ kind: 'removed', text: old[i] as string });
      i += 1;
    } else {
      pieces.push({ kind: 'added', text: now[j] as string });
      j += 1;
    }
  }
  return pieces;
}

/** For every pair of places, how many words the rests from there have in common. */
function commonLengths(old: string[], now: string[]): Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = table[i] as Uint32Array;
      row[j] =
        old[i] === now[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

const at = (table: Uint32Array[], i: number, j: number): number => table[i]?.[j] ?? 0;

function joined(pieces: Piece[]): Piece[] {
  const runs: Piece[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (piece.text === '') continue;
    if (last?.kind === piece.kind) last.text += piece.text;
    else runs.push({ ...piece });
  }
  return runs;
}
