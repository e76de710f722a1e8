/**
 * The fields' door: boxes in which people change a section's fields at the same time, what stands in them in words, and
 * what is disputed. Built from a section's definition alone, above `sync`.
 */
export { ChoiceButtons, ChoiceControl, RADIOS_MAX, Select } from './ChoiceControl';
export type { Conflict, ConflictKind, Conflicts, Contradiction, FieldBody, ToldContender } from './conflict';
export { DateControl } from './DateControl';
export { asTold, type Contender, type Dispute, disputesOf, fieldAt, nounAt, type Said } from './disputes';
export { capital, fieldWords, groupWords, itemName, items, namingFields, valueWords } from './fieldWords';
export { fit } from './fit';
export { dateParts, type Parsed, parseDate, parseInput, typedForm } from './input';
export { LineControl } from './LineControl';
export { controlId, type FieldPlace, pathKey } from './place';
export { SaveStatus } from './SaveStatus';
export { SessionContext, useSession } from './session';
export { settleItem, settleValue } from './settle';
export { TextControl } from './TextControl';
