/** What stands in the banner of every page of a plan: what nobody may miss about the person. */
import { type Field, formatMoment, type PublishedView, type ViewField } from '@coplan/care-plan/plan';
import { type Item, read } from '@coplan/care-plan/sync';
import {
  type Decision,
  type DecisionKind,
  headline,
  standing as standingRecords,
} from '../decisions/decision';
import { itemName, items } from '@coplan/care-plan/fields';
import type { SectionStanding } from '../signing/useToSign';

/** One fact of the banner. What is disputed is never shown as if it were agreed. */
export interface BannerFact {
  words: string;
  /** Beside the words: from when it is, what is missing. */
  note?: string;
  disputed?: boolean;
  /** Nobody has recorded it, or it cannot be read here. */
  empty?: boolean;
}

/** The decision that stands in the banner. */
export const CPR = 'cpr';
/** The list of what everybody must know. */
const ALERTS = 'alerts';
/** So many entries of a list are named in the banner; the rest are counted. */
const NAMED_MAX = 4;

/** Where the CPR decision stands: from the records, or from what is published for whoever does not read those. */
export function cprFact(kind: DecisionKind | undefined, view: PublishedView | undefined): BannerFact {
  if (kind) return fromRecords(kind);
  const field = fieldOfView(view, CPR);
  if (!field) return { words: 'No decision published', empty: true };
  if ('contenders' in field && field.contenders)
    return {
      words: `${field.contenders.length} different decisions`,
      note: 'none is agreed',
      disputed: true,
    };
  if (!('records' in field)) return { words: 'No decision published', empty: true };
  const [first] = field.records;
  if (field.disputed || field.records.length > 1) {
    const words = field.records.map((record) => displayOf(record.fields[0])).join(' / ');
    return { words, note: 'disputed, none is agreed', disputed: true };
  }
  if (!first) return { words: 'No decision published', empty: true };
  const lacking = first.needs_endorsement ? ', not endorsed' : '';
  return { words: displayOf(first.fields[0]), note: `${formatMoment(first.recorded.at)}${lacking}` };
}

function fromRecords(kind: DecisionKind): BannerFact {
  const records = standingRecords(kind);
  const [first] = records;
  if (!first) return { words: 'No decision recorded', empty: true };
  if (kind.disputed || records.length > 1) {
    return { words: records.map(headline).join(' / '), note: 'disputed, none is agreed', disputed: true };
  }
  return {
    words: headline(first),
    note: `${dayOf(first)}${kind.endorsed && !first.endorsed ? ', not endorsed' : ''}`,
  };
}

/** The day in London, as everywhere. */
const dayOf = (record: Decision): string => formatMoment(record.recorded.at).split(',')[0] ?? '';

/** Allergies: from the section if this device reads it, or from what is published. */
export function allergiesFact(
  standings: SectionStanding[],
  view: PublishedView | undefined,
): BannerFact | undefined {
  for (const one of standings) {
    const denying = one.definition.fields.find(({ denies }) => denies !== undefined);
    const list = one.definition.fields.find(({ id }) => id === denying?.denies);
    if (denying && list) return fromDocument(one, list, denying);
  }
  const list = view?.sections.flatMap(({ fields }) => fields).find(({ field }) => field === 'allergies');
  return list && fromView(list);
}

/** Alerts, the same way. Nothing if there are none: an empty box would be read over. */
export function alertsFact(
  standings: SectionStanding[],
  view: PublishedView | undefined,
): BannerFact | undefined {
  for (const one of standings) {
    const list = one.definition.fields.find(({ id, type }) => id === ALERTS && type === 'list');
    if (!list) continue;
    const fact = fromDocument(one, list);
    return fact.empty ? undefined : fact;
  }
  const list = fieldOfView(view, ALERTS);
  return list && fromView(list);
}

function fromDocument(one: SectionStanding, list: Field, denying?: Field): BannerFact {
  const { content } = one.document.state.value;
  if (!content) return { words: 'Not on this device', empty: true };
  const names = items(content.fields[list.id])
    .filter(([, item]) => item.removed === undefined)
    .map(([, item]) => shortName(list, item));
  const paths = [list.id, denying?.id].filter(Boolean);
  const disputed = one.disputes.some(({ path }) => paths.includes(path.split('.')[0]));
  if (names.length > 0) return { words: named(names), disputed, ...(disputed ? { note: 'disputed' } : {}) };
  const denial = denying && read(content.fields[denying.id]);
  if (denying && denial !== undefined && denial !== false) return { words: denying.label, disputed };
  return { words: 'Not recorded', empty: true };
}

/** What an entry is about, without what kind of entry it is: its first line of words. */
function shortName(list: Field, item: Item): string {
  const line = list.items.find(({ id, type }) => type === 'line' && read(item[id]) !== undefined);
  return line ? String(read(item[line.id])) : itemName(list, item);
}

function fromView(field: ViewField): BannerFact {
  const disputed = field.disputed === true;
  const note = disputed ? { note: 'disputed' } : {};
  if ('items' in field)
    return { words: named(field.items.map((item) => displayOf(item.fields[0]))), disputed, ...note };
  return { words: displayOf(field), disputed, ...note };
}

function fieldOfView(view: PublishedView | undefined, id: string): ViewField | undefined {
  return view?.sections.flatMap(({ fields }) => fields).find(({ field }) => field === id);
}

function displayOf(field: ViewField | undefined): string {
  if (!field) return '';
  if ('display' in field) return field.display;
  if ('fields' in field) return field.fields.map(displayOf).filter(Boolean).join(', ');
  return '';
}

function named(names: string[]): string {
  const more = names.length - NAMED_MAX;
  return [...names.slice(0, NAMED_MAX), ...(more > 0 ? [`${more} more`] : [])].join(' · ');
}
