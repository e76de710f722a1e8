// What is wrong with a FHIR R4 resource, by validators that know nothing of Coplan: its structure and invariants by
// Medplum's, its codes, its narratives, its extensions, and the profiles of UK Core that it says it follows.

import { whatIsWrongWithExtensions } from './extensions.mjs';
import { whatIsWrongWithXhtml } from './narrative.mjs';
import { structure, structureByShape } from './structure.mjs';
import { whatIsWrongWithCodes } from './terminology.mjs';
import { whatIsWrongByProfile } from './ukcore.mjs';

/** What is wrong, one sentence each; nothing if nothing is. */
export function whatIsWrong(resource) {
  return [...structure(resource), ...whatIsWrongBeside(resource)];
}

/** The same, with the structure judged by its shape, for when there are thousands. */
export function whatIsWrongByShape(resource) {
  return [...structureByShape(resource), ...whatIsWrongBeside(resource)];
}

function whatIsWrongBeside(resource) {
  return [
    ...whatIsWrongWithCodes(resource),
    ...narratives(resource, resource.resourceType),
    ...whatIsWrongWithExtensions(resource),
    ...whatIsWrongByProfile(resource),
  ];
}

/** Every `text.div` of a resource and of those in it. */
function narratives(value, path) {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([member, child]) => {
    if (member === 'div' && typeof child === 'string')
      return whatIsWrongWithXhtml(child).map((what) => `${path}.div: ${what}`);
    return narratives(child, `${path}.${member}`);
  });
}
