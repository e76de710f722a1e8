/**
 * Telephone numbers that a published plan holds, each with the words that say whose it is and what to mind.
 *
 * It knows no section: any field of type `phone`, wherever it stands, is found. Only the order in which people want to
 * be rung is read from a field by its name.
 */
import type { ListItem, PublishedView, ViewField, ViewSection } from './view';

/** One number to ring. */
export interface PhoneNumber {
  /** Whose it is: `Chidi Okonkwo`, `Haematology day unit`. */
  who: string;
  /** What they are and what to mind, a fact each: `Brother`, `Ring in an emergency`. */
  about: string[];
  /** Which of their numbers it is: `Number for day and night`. */
  label: string;
  /** As it was written down. */
  number: string;
  /** Title of the section it stands in. */
  section: string;
}

/** Facts told beside a name, so that the number stays on the screen. */
const FACTS_MAX = 5;
/** Longer than this is prose, not a fact. */
const FACT_CHARS_MAX = 120;
/** The field by which people are put in the order in which they want to be rung. */
const CALL_ORDER = 'call_order';
/** Facts that help nobody on the telephone. */
const LEFT_OUT = new Set(['ods_code', 'knows_of_plan', CALL_ORDER]);

/** Every number of the plan: of sections that are signed first, then what is urgent. No number of anybody twice. */
export function phoneNumbers(view: PublishedView): PhoneNumber[] {
  const found = stable(view.sections, needsNoSignature).flatMap((section) =>
    stable(section.fields, (field) => (field.urgent ? 0 : 1)).flatMap((field) =>
      numbersIn(field, section, []),
    ),
  );
  const seen = new Set<string>();
  return found.filter(({ number, who }) => {
    const key = `${who}\n${telephoneLink(number)}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** The address that dials: `tel:+442079460018`. The `(0)` of `+44 (0)20` is not dialled. */
export function telephoneLink(number: string): string {
  return `tel:${number.replace(/\(0\)/g, '').replace(/[^0-9+*#]/g, '')}`;
}

function needsNoSignature(section: ViewSection): number {
  return section.sign_off === 'none' ? 1 : 0;
}

function numbersIn(field: ViewField, section: ViewSection, facts: string[]): PhoneNumber[] {
  if ('items' in field) {
    return stable(field.items, callOrder).flatMap((item) => numbersAmong(item.fields, section, []));
  }
  if ('records' in field) return field.records.flatMap((record) => numbersAmong(record.fields, section, []));
  if ('fields' in field) return numbersAmong(field.fields, section, facts);
  if (field.type !== 'phone') return [];
  // Where people disagree about a number, whoever rings must know it, and may need the other one.
  const contested = (field.contenders ?? []).filter(({ display }) => /\d/.test(display));
  const numbers = [...('display' in field ? [field] : []), ...contested].map(({ display }) => display);
  return numbers.map((number) => phoneNumber(field, number, section, facts));
}

function numbersAmong(fields: ViewField[], section: ViewSection, around: string[]): PhoneNumber[] {
  const facts = [...around, ...fields.flatMap(factOf)];
  return fields.flatMap((field) => numbersIn(field, section, facts));
}

function phoneNumber(field: ViewField, number: string, section: ViewSection, facts: string[]): PhoneNumber {
  const [who = field.label, ...about] = facts;
  return {
    who,
    about: about.slice(0, FACTS_MAX),
    label: facts.length > 0 ? field.label : '',
    number,
    section: section.title,
  };
}

function factOf(field: ViewField): string[] {
  if (LEFT_OUT.has(field.field)) return [];
  const fact = factText(field);
  return fact !== '' && fact.length <= FACT_CHARS_MAX ? [fact] : [];
}

function factText(field: ViewField): string {
  if (field.disputed || !('display' in field)) return '';
  if (field.type === 'line') return field.display.trim();
  if (field.type === 'coded') return `${field.label}: ${field.display}`;
  return field.type === 'yes-no' && field.value === true ? field.label : '';
}

function callOrder(item: ListItem): number {
  const order = item.fields.find((field) => field.field === CALL_ORDER);
  return order && 'value' in order && typeof order.value === 'number' ? order.value : Number.MAX_SAFE_INTEGER;
}

function stable<T>(all: T[], rank: (one: T) => number): T[] {
  return [...all].sort((a, b) => rank(a) - rank(b));
}
