/** Why somebody needs a plan that is not on their list: a few usual reasons, and their own words. */
export interface Reason {
  id: string;
  words: string;
  /** It says nothing without more words. */
  needsWords?: boolean;
}

/** For whoever cares for the person and is not on the care team. */
export const CARING: Reason[] = [
  { id: 'referred', words: 'They were referred to us' },
  { id: 'with-me', words: 'They are with me now: on my ward, in my clinic, at home' },
  { id: 'advice', words: 'A colleague who cares for them asked for my advice' },
  { id: 'covering', words: 'I am covering for somebody on their care team' },
  { id: 'other', words: 'Something else', needsWords: true },
];

/** For whoever breaks the glass. */
export const EMERGENCY: Reason[] = [
  { id: 'cannot-say', words: 'They cannot tell me, and I must treat them now', needsWords: true },
  { id: 'danger', words: 'Their life or health is in danger', needsWords: true },
  { id: 'others', words: 'Somebody else is in danger', needsWords: true },
  { id: 'safeguarding', words: 'Safeguarding', needsWords: true },
];

/** The reason as it is kept, or what is missing. */
export function reasonText(
  reasons: Reason[],
  chosen: string | undefined,
  more: string,
): { text: string } | { missing: 'reason' | 'words' } {
  const reason = reasons.find(({ id }) => id === chosen);
  if (!reason) return { missing: 'reason' };
  const words = more.replace(/\s+/g, ' ').trim();
  if (reason.needsWords && words === '') return { missing: 'words' };
  return { text: words === '' ? reason.words : `${reason.words}: ${words}` };
}
