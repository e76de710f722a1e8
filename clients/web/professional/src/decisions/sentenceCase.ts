/** A sentence from the server's words, which begin small and have no full stop. */
export function sentenceCase(words: string): string {
  const first = words.charAt(0).toLocaleUpperCase('en-GB');
  return /[.!?]$/.test(words) ? first + words.slice(1) : `${first}${words.slice(1)}.`;
}
