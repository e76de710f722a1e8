import * as A from '@automerge/automerge/slim';
import type { SectionContent } from './editing';

/** Words that were typed here and that the hub never got. */
export interface UnsentWords {
  /** The field; of an item the list, the item and its field. */
  path: string[];
  text: string;
}

/** Between two places of one text. */
const ELSEWHERE = ' … ';
/** What a change writes beside words: where an item stands, and which section this is. */
const NO_WORDS = new Set(['order']);

/**
 * What was written since `acknowledged`, and nothing of what stood there before: so that a writer who may no longer read
 * the section keeps their own words, and nobody else's.
 */
export function unsentWords(content: A.Doc<SectionContent>, acknowledged: string[]): UnsentWords[] {
  const words = new Map<string, UnsentWords>();
  for (const patch of A.diff(content, acknowledged, A.getHeads(content))) {
    if (patch.path[0] !== 'fields' || (patch.action !== 'put' && patch.action !== 'splice')) continue;
    const isSplice = patch.action === 'splice';
    const path = patch.path.slice(1, isSplice ? -1 : undefined).map(String);
    const text = wordsOf(patch.value);
    if (text === '' || NO_WORDS.has(path.at(-1) ?? '')) continue;
    const before = words.get(path.join('\n'));
    words.set(path.join('\n'), { path, text: before && isSplice ? before.text + ELSEWHERE + text : text });
  }
  return [...words.values()];
}

function wordsOf(value: unknown): string {
  if (value instanceof A.ImmutableString) return String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
