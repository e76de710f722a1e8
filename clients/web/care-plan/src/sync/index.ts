export { type Claim, claims } from './conflicts';
export { DeviceStore, type Kept } from './deviceStore';
export {
  addItem,
  clear,
  type FieldPath,
  type Item,
  placeItem,
  read,
  removeItem,
  restoreItem,
  type SectionContent,
  setGroup,
  setScalar,
  setText,
  type Value,
  withoutControls,
} from './editing';
export { Observable } from './observable';
export { moveOffset, textChanged } from './offsets';
export { PlanSession, type SyncedSection } from './planSession';
export { colour, initials, people, type Present } from './presence';
export { openRepo, type OpenRepo } from './repo';
export { type SaveStatus, statusWords } from './saveStatus';
export type { SectionDocument, SectionState } from './sectionDocument';
export { useObservable } from './useObservable';
export { useSection } from './useSection';
