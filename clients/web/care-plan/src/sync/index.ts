export { type ChangeMark, type Claim, claims, isSettled } from './conflicts';
export {
  addItem,
  clear,
  type FieldPath,
  type Item,
  noteSettled,
  placeItem,
  read,
  removeItem,
  restoreItem,
  type SectionContent,
  setGroup,
  setScalar,
  setText,
  type Value,
} from './editing';
export { forgetHeld, openHeld } from './held';
export { Observable } from './observable';
export { moveOffset, textChanged } from './offsets';
export { PlanSession } from './planSession';
export { colour, initials, people, type Present } from './presence';
export { openRepo, type OpenRepo } from './repo';
export { statusWords } from './saveStatus';
export { SectionDocument } from './sectionDocument';
export type { UnsentWords } from './unsent';
export { useObservable } from './useObservable';
export { useSection } from './useSection';
