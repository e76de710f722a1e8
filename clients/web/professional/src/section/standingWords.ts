import type { SectionStanding } from '../signing/useToSign';

/** How a section stands, as a sign and a few words that say the same. */
export function standingWords(standing: SectionStanding): { icon: string; words: string } {
  const { definition, document, needsSigning, changed, written, disputes, section } = standing;
  const { phase, refused } = document.state.value;
  if (refused) return { icon: '!', words: 'Not saved' };
  if (phase === 'loading') return { icon: '…', words: 'Opening' };
  if (phase === 'unavailable') return { icon: '–', words: 'Not on this device' };
  const suffix = document.writable ? '' : ', read only';
  if (disputes.length > 0) return { icon: '▲', words: `${count(disputes.length, 'dispute')}${suffix}` };
  if (!written) return { icon: '○', words: `Nothing written yet${suffix}` };
  if (definition.audiences.length === 0) return { icon: '●', words: `Never published${suffix}` };
  if (!needsSigning) return { icon: '●', words: `Shared automatically${suffix}` };
  if (!section.published) return { icon: '▲', words: `Not signed yet${suffix}` };
  if (changed) return { icon: '▲', words: `Changes not signed${suffix}` };
  return { icon: '✓', words: `Signed, version ${section.published.version}${suffix}` };
}

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
