// The structure and the invariants of a resource, by Medplum's validator.
//
// It takes half a millisecond for a kilobyte. Thousands of documents differ in what people wrote and when, and that is of
// no account here: so a resource may also be judged by its shape, in which proper text and proper times stand for each
// other, and each shape is judged once.

import { memberOf } from './definitions.mjs';

const { validateResource } = await import('@medplum/core');

/** A reference by `urn:uuid:` says no type; what it leads to is judged where the document is. */
const OF_NO_ACCOUNT = /^Invalid reference: got "urn:uuid:/;

/** What is wrong, one sentence each, with a resource as it is. */
export function structure(resource) {
  try {
    return sentences(validateResource(resource));
  } catch (error) {
    return error.outcome ? sentences(error.outcome.issue) : [String(error)];
  }
}

function sentences(issues) {
  const all = issues.map((issue) => `${issue.details?.text} at ${issue.expression}`);
  return all.filter((what) => !OF_NO_ACCOUNT.test(what));
}

/** What was said of each shape. */
const verdicts = new Map();

/** How many shapes there were. */
export const shapes = () => verdicts.size;

/** What is wrong, one sentence each, with a resource by its shape. */
export function structureByShape(resource) {
  return partsOf(shapeOf(resource.resourceType, resource)).flatMap((part) => {
    const key = JSON.stringify(part);
    if (!verdicts.has(key)) verdicts.set(key, structure(part));
    return verdicts.get(key);
  });
}

/**
 * What of a shape is judged alone: each item of a response, as no invariant looks from one to another; and of a Bundle
 * each entry has a full URL of its own again, as that they have is judged where the document is.
 */
function partsOf(shape) {
  const { resourceType, status } = shape;
  if (resourceType === 'Bundle') {
    const numbered = (entry, n) =>
      entry.fullUrl === ANY_URN ? { ...entry, fullUrl: ANY_URN.slice(0, -1) + n } : entry;
    return [{ ...shape, entry: shape.entry?.map(numbered) }];
  }
  if (resourceType !== 'QuestionnaireResponse' || !Array.isArray(shape.item)) return [shape];
  const alone = shape.item.map((item) => ({ resourceType, status, item: [item] }));
  return [{ ...shape, item: shape.item.slice(0, 1) }, ...alone];
}

/** The value with what is of no account in it made alike, and what is alike in a list kept once. */
function shapeOf(type, value, holder) {
  if (typeof value === 'string') return alike(type, value, holder);
  if (value === null || typeof value !== 'object') return value;
  const shape = {};
  for (const [member, child] of Object.entries(value)) {
    const code = memberOf(type, member)?.code;
    const inner = (one) => (code ? shapeOf(one?.resourceType ?? code, one, type) : one);
    shape[member] = Array.isArray(child) ? once(child.map(inner)) : inner(child);
  }
  return shape;
}

function once(list) {
  if (!list.every((one) => one !== null && typeof one === 'object')) return list;
  const seen = new Set();
  return list.filter((one) => {
    const key = JSON.stringify(one);
    return !seen.has(key) && seen.add(key);
  });
}

/** Longest text that is known to be proper without a look by the validator, in characters. */
const TEXT_CHARACTERS_MAX = 100_000;
const URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ANY_URN = 'urn:uuid:00000000-0000-4000-8000-000000000000';
const DATE = /^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$/;
const TIME =
  /^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|\+0[01]:00)$/;

/**
 * A text that stands for all that are as proper. What is improper, or might be, stays what it is; so do the ends of a
 * Period, of which one must be before the other.
 */
function alike(type, text, holder) {
  if (type === 'xhtml') return '<div xmlns="http://www.w3.org/1999/xhtml">text</div>';
  if ((holder === 'Reference' || holder === 'BundleEntry') && URN.test(text)) return ANY_URN;
  if (type === 'string' || type === 'markdown') return isProper(text) ? 'text' : text;
  if (type === 'id' && /^[A-Za-z0-9\-.]{1,64}$/.test(text)) return 'id';
  if (holder === 'Period') return text;
  if (type === 'date' || type === 'dateTime') if (DATE.test(text)) return '2026-03-02';
  if (type === 'dateTime' || type === 'instant') if (TIME.test(text)) return '2026-03-02T09:30:00.000Z';
  return text;
}

function isProper(text) {
  return text.length < TEXT_CHARACTERS_MAX && /^[\r\n\t\u0020-\uFFFF]+$/.test(text) && text.trim() !== '';
}
