/** The definition of a section, as the server serves it from `/api/sections`: forms are built from this alone. */
export interface Section {
  id: string;
  title: string;
  version: number;
  order: number;
  summary: string;
  pathway: string | null;
  writes: Role[];
  suggests: Role[];
  reads: Role[];
  audiences: Audience[];
  sign_off: SignOff;
  fields: Field[];
  /** All of it says where the person lives. */
  locates?: boolean;
}

export interface Field {
  id: string;
  label: string;
  help: string;
  type: Kind;
  /** What happens when two people change it without having seen each other. */
  merge: 'T' | 'R' | 'C!' | 'D' | 'S+' | 'A';
  /** Who reads it; everybody whom the section is for, if none are named. */
  audiences?: Audience[];
  required: boolean;
  urgent: boolean;
  max_chars: number | null;
  codes: Code[];
  min: number | null;
  max: number | null;
  unit: string | null;
  max_items: number | null;
  item_name: string | null;
  /** Fields of a list's items. */
  items: Field[];
  /** Parts of a group. */
  parts: Field[];
  /** A choice about sharing: while it is disputed, the narrowest applies. */
  narrowing?: boolean;
  /** A yes here says that this list is empty. */
  denies?: string;
  /** It must be filled in while another field of the same item says one of these. */
  required_if?: { field: string; is: string[] };
  /** Its items are decision records. */
  record?: RecordRule;
  /** It says where the person lives. */
  locates?: boolean;
}

/** Who records a decision of one kind, and what makes it stand. */
export interface RecordRule {
  recorders: Role[];
  /** Only a senior decision-maker records it. */
  senior: boolean;
  /** A second senior decision-maker endorses it. */
  endorsed: boolean;
  /** Whether one of a kind stands, or each by itself. */
  current: 'one' | 'each';
  /** One stands for each value of this field. */
  per?: string | null;
}

/** Whether a section holds decisions: nobody writes in it, each record is a command. */
export const isDecided = (section: Section): boolean =>
  section.writes.length === 0 && section.fields.some((field) => field.record !== undefined);

/** Whether a field, or something in it, says where the person lives. */
export const locates = (field: Field): boolean =>
  field.locates === true || [...field.items, ...field.parts].some(locates);

export interface Code {
  system: string;
  code: string;
  display: string;
}

export type Kind =
  'text' | 'line' | 'coded' | 'yes-no' | 'integer' | 'decimal' | 'date' | 'phone' | 'list' | 'group';
export type SignOff = 'none' | 'self' | 'registered' | 'senior' | 'dual';
export type Audience = 'clinician' | 'social-care' | 'emergency' | 'person';
export type Role =
  | 'person'
  | 'proxy'
  | 'social-care'
  | 'registered-professional'
  | 'doctor'
  | 'specialist'
  | 'pharmacist'
  | 'crew'
  | 'privacy-officer'
  | 'analyst'
  | 'system';

const roleWords: Record<Role, string> = {
  person: 'the person',
  proxy: 'those who act for them',
  'social-care': 'social care',
  'registered-professional': 'registered professionals',
  doctor: 'doctors',
  specialist: 'specialist teams',
  pharmacist: 'pharmacists',
  crew: 'ambulance crews',
  'privacy-officer': 'privacy officers',
  analyst: 'analysts',
  system: 'the service',
};

/** Roles as a phrase: "specialist teams, registered professionals and doctors". */
export function roleNames(roles: Role[]): string {
  return sentence(roles.map((role) => roleWords[role]));
}

/** Who signs a section, as a phrase. */
export function signers(signOff: SignOff): string {
  switch (signOff) {
    case 'none':
      return 'nobody: it is shared automatically';
    case 'self':
    case 'registered':
      return 'a registered professional, a doctor or a specialist';
    case 'senior':
      return 'a doctor or a specialist';
    case 'dual':
      return 'a doctor or a specialist, with a second who endorses';
  }
}

const audienceWords: Record<Audience, string> = {
  clinician: 'clinicians of the team',
  'social-care': 'social care',
  emergency: 'ambulance crews and emergency departments',
  person: 'the person',
};

/** Audiences as a phrase. */
export function audienceNames(audiences: Audience[]): string {
  return sentence(audiences.map((audience) => audienceWords[audience]));
}

/** "a, b and c". */
export function sentence(words: string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
