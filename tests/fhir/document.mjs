// What is wrong with a document Bundle as a whole, by FHIR R4 section 3.3 (documents), 2.36 (bundle) and 2.3.0.4
// (resolving references in bundles); and with each resource in it.

import { createHash } from 'node:crypto';
import { walk } from './definitions.mjs';
import { declared } from './ukcore.mjs';
import { whatIsWrong, whatIsWrongByShape } from './validate.mjs';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const ODS_CODE = 'https://fhir.nhs.uk/Id/ods-organization-code';
const URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const TYPE = 'http://hl7.org/fhir/StructureDefinition/';

/** A place for each entry of a Bundle that is judged without its entries, which are judged one by one. */
const STAND_IN = { resourceType: 'Basic', code: { text: 'an entry' } };

/** Judges documents, and remembers what it said of a resource that it has seen before, to the byte. */
export class Judge {
  #verdicts = new Map();
  #judgeOne;
  /** How many resources of each type were judged, the Bundles themselves among them. */
  counts = new Map();
  /** How many of each type say that they follow no profile of UK Core. */
  withoutProfile = new Map();

  /** `byShape` is for thousands of documents: see `structure.mjs`. */
  constructor({ byShape = false } = {}) {
    this.#judgeOne = byShape ? whatIsWrongByShape : whatIsWrong;
  }

  /** What is wrong with a document and everything in it, one sentence each; nothing if nothing is. */
  whatIsWrong(bundle) {
    const entries = bundle.entry ?? [];
    const shell = { ...bundle, entry: entries.map((entry, n) => ({ ...entry, resource: standIn(entry.resource, n) })) };
    return [
      ...this.#judged(shell),
      ...entries.flatMap(({ resource }) => (resource ? this.#judged(resource) : [])),
      ...whatIsWrongWithDocument(bundle),
    ];
  }

  #judged(resource) {
    const { resourceType } = resource;
    count(this.counts, resourceType);
    if (declared(resource).length === 0) count(this.withoutProfile, resourceType);
    const key = createHash('sha256').update(JSON.stringify(resource)).digest('base64');
    if (!this.#verdicts.has(key)) this.#verdicts.set(key, this.#judgeOne(resource));
    return this.#verdicts.get(key);
  }
}

function count(counts, type) {
  counts.set(type, (counts.get(type) ?? 0) + 1);
}

/** The first entry of a document must be seen to be a Composition, so a valid one stands there for it. */
function standIn(resource, n) {
  if (n > 0 || resource?.resourceType !== 'Composition') return STAND_IN;
  const { status, type, date, author, title } = resource;
  return { resourceType: 'Composition', status, type, date, author, title };
}

/** What is wrong with a document as a whole, one sentence each; nothing if nothing is. */
export function whatIsWrongWithDocument(bundle) {
  const wrong = [];
  const entries = bundle.entry ?? [];
  const [composition] = entries.map(({ resource }) => resource);
  if (bundle.resourceType !== 'Bundle' || bundle.type !== 'document') wrong.push('not a Bundle of type document');
  if (!bundle.identifier?.system || !bundle.identifier.value)
    wrong.push('Bundle.identifier needs a system and a value');
  if (!INSTANT.test(bundle.timestamp ?? '')) wrong.push('Bundle.timestamp is no instant');
  if (composition?.resourceType !== 'Composition') return [...wrong, 'the first entry is not a Composition'];
  addresses(entries, wrong);
  const led = references(entries, wrong);
  reached(entries, led, wrong);
  subjects(entries, wrong);
  times(bundle, wrong);
  for (const { resource } of entries) identifiers(resource, wrong);
  return wrong;
}

/** Full URLs: each there, each the only one, each with a proper id. */
function addresses(entries, wrong) {
  const seen = new Set();
  for (const [n, { fullUrl, resource, request, response, search }] of entries.entries()) {
    const at = `Bundle.entry[${n}]`;
    if (!URN.test(fullUrl ?? '')) wrong.push(`${at}.fullUrl \`${fullUrl}\` is no UUID`);
    if (seen.has(fullUrl)) wrong.push(`${at}.fullUrl \`${fullUrl}\` is there twice`);
    seen.add(fullUrl);
    if (resource?.id !== undefined && !ID.test(resource.id)) wrong.push(`${at}: \`${resource.id}\` is no id`);
    if (request || response || search) wrong.push(`${at} says more than a document may`);
  }
}

/** Where references lead, as `full URL -> full URLs`; what leads nowhere, or to a type that has no place there, is wrong. */
function references(entries, wrong) {
  const types = new Map(entries.map(({ fullUrl, resource }) => [fullUrl, resource?.resourceType]));
  const led = new Map();
  for (const { fullUrl, resource } of entries) {
    const to = new Set();
    led.set(fullUrl, to);
    walk(resource, ({ type, value, path, element }) => {
      if (type !== 'Reference') return;
      const { reference, identifier } = value;
      const allowed = targetsOf(element);
      if (reference === undefined) logical(value, element, path, wrong);
      else if (reference.startsWith('#')) contained(resource, reference, path, wrong);
      else if (!types.has(reference)) wrong.push(`${path} leads nowhere: \`${reference}\``);
      else fits(types.get(reference), value.type, allowed, path, wrong);
      if (types.has(reference)) to.add(reference);
      if (identifier && !(identifier.system && identifier.value))
        wrong.push(`${path}.identifier needs a system and a value`);
    });
  }
  return led;
}

/** What must be known is identified; what may be left out may be said in words only. */
function logical({ identifier, type, display }, element, path, wrong) {
  const isEntry = element.path === 'Composition.section.entry';
  if (isEntry || !(identifier || (display && element.min === 0))) wrong.push(`${path} identifies nothing`);
  if (type) fits(type, type, targetsOf(element), path, wrong);
}

function targetsOf(element) {
  return element?.type.find(({ code }) => code === 'Reference')?.targetProfile;
}

function contained(resource, reference, path, wrong) {
  if (!resource.contained?.some(({ id }) => `#${id}` === reference))
    wrong.push(`${path} leads nowhere: \`${reference}\``);
}

function fits(type, said, allowed, path, wrong) {
  if (said !== undefined && said !== type) wrong.push(`${path} says ${said} and leads to ${type}`);
  const names = allowed?.map((url) => url.slice(TYPE.length));
  if (names && !names.includes('Resource') && !names.includes(type)) {
    wrong.push(`${path} leads to ${type}, not to ${names.join(' or ')}`);
  }
}

/** A document holds what its Composition leads to, and Provenance of that; nothing else. */
function reached(entries, led, wrong) {
  const [{ fullUrl: start }] = entries;
  const found = new Set([start]);
  const follow = (url) => {
    for (const to of led.get(url) ?? []) {
      if (!found.has(to)) {
        found.add(to);
        follow(to);
      }
    }
  };
  follow(start);
  for (const { fullUrl, resource } of entries) {
    if (resource?.resourceType !== 'Provenance') continue;
    if (resource.target?.some(({ reference }) => found.has(reference))) {
      found.add(fullUrl);
      follow(fullUrl);
    }
  }
  for (const { fullUrl, resource } of entries) {
    if (!found.has(fullUrl)) wrong.push(`${resource?.resourceType} ${fullUrl} is led to by nothing`);
  }
}

/** Everything is about one Patient, whose NHS number is a possible one. */
function subjects(entries, wrong) {
  const patients = entries.filter(({ resource }) => resource?.resourceType === 'Patient');
  if (patients.length !== 1) {
    wrong.push(`${patients.length} Patients, not one`);
    return;
  }
  const [{ fullUrl, resource: patient }] = patients;
  const [{ resource: composition }] = entries;
  if (composition.subject?.reference !== fullUrl) wrong.push('Composition.subject is not the Patient');
  if (!patient.identifier?.some(({ system }) => system === NHS_NUMBER)) wrong.push('the Patient has no NHS number');
  for (const { resource } of entries) {
    for (const member of ['subject', 'patient', 'for']) {
      const about = resource?.[member]?.reference;
      if (about !== undefined && about !== fullUrl) wrong.push(`${resource.resourceType}.${member} is not the Patient`);
    }
  }
}

/** Nothing in a document was written after it. */
function times({ timestamp, entry }, wrong) {
  const whole = Date.parse(timestamp);
  for (const { resource } of entry) {
    for (const member of ['date', 'authored', 'recorded', 'recordedDate', 'created', 'dateAsserted', 'authoredOn']) {
      const time = resource?.[member];
      if (time?.length > 10 && Date.parse(time) > whole)
        wrong.push(`${resource.resourceType}.${member} is after the document`);
    }
  }
}

function identifiers(resource, wrong) {
  if (!resource) return;
  walk(resource, ({ type, value, path }) => {
    if (type !== 'Identifier') return;
    if (value.system === NHS_NUMBER && !isNhsNumber(value.value)) wrong.push(`${path} is no NHS number`);
    if (value.system === ODS_CODE && !/^[A-Z0-9]{3,12}$/.test(value.value)) wrong.push(`${path} is no ODS code`);
  });
}

/** Ten digits of which the last checks the others: weights 10 to 2, modulus 11. */
function isNhsNumber(text) {
  if (!/^\d{10}$/.test(text)) return false;
  const digits = [...text].map(Number);
  const sum = digits.slice(0, 9).reduce((total, digit, n) => total + digit * (10 - n), 0);
  return (11 - (sum % 11)) % 11 === digits[9];
}
