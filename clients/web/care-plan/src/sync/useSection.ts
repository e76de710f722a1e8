import type { SectionDocument, SectionState } from './sectionDocument';
import { useObservable } from './useObservable';

/**
 * One section's content, and a new rendering with every change of it.
 *
 * ```tsx
 * const { content, phase } = useSection(document);
 * document.change((section) => setScalar(section, ['genotype'], code));
 * ```
 */
export function useSection(document: SectionDocument): SectionState {
  return useObservable(document.state);
}
