/**
 * The plan's door: what a published plan looks like, and how it is written for people.
 *
 * Pure functions and types. No Automerge, no framework, no network, no clock: `now` is always an argument. So the crew
 * app may import it, and a test needs nothing but numbers.
 */
export { type AuditEvent, type AuditEvents, auditPath, byDay, type DayOfEvents } from './audit';
export { type Author, authorWords, signatureWords, timesWords } from './author';
export {
  endedOn,
  inCrewOrder,
  isCrisisPlan,
  laterPart,
  type Missed,
  reviewDueIn,
  reviewsMissed,
  urgentPart,
} from './crewReading';
export {
  type Audience,
  audienceNames,
  type Code,
  type Field,
  isDecided,
  type Kind,
  locates,
  type RecordRule,
  type Role,
  roleNames,
  type Section,
  sentence,
  signers,
  type SignOff,
} from './definition';
export {
  formatAge,
  formatAgo,
  formatDate,
  formatMoment,
  formatNhsNumber,
  formatTime,
  isSameDay,
} from './format';
export type { Comparison, Difference, Entry, History, PathAuthor } from './history';
export { parseNhsNumber, type NhsNumber, type NhsNumberProblem } from './nhsNumber';
export { phoneNumbers, telephoneLink, type PhoneNumber } from './phone';
export {
  type Acting,
  type Grade,
  type HowMany,
  type Keepable,
  keptTitles,
  unknownWords,
  lastDayOf,
  monthsAfter,
  type Objection,
  type Sharing,
  type SharingChoice,
} from './sharing';
export {
  readView,
  type Contender,
  type DecisionRecord,
  type ListItem,
  type PersonOfView,
  type PublishedView,
  type RecordSignature,
  type Standing,
  type ViewContested,
  type ViewField,
  type ViewGroup,
  type ViewLeaf,
  type ViewList,
  type ViewRecords,
  type ViewSection,
} from './view';
