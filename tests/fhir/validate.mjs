// What is wrong with a FHIR R4 resource, by validators that know nothing of Coplan: its structure and invariants by
// Medplum's, its codes, its narratives, its extensions, and the profiles of UK Core that it says it follows.

import { whatIsWrongWithExtensions } from './extensions.mjs';
import { whatIsWrongWithXhtml } from './narrative.mjs';
import { whatIsWrongWithCodes } from './terminology.mjs';
import { whatIsWrongByProfile } from './ukcore.mjs';

const { validateResource } = await import('@medplum/core');

/** What is wrong, one sentence each; nothing if nothing is. */
export function whatIsWrong(resource) {
  return [
    ...structure(resource),
    ...whatIsWrongWithCodes(resource),
    ...narratives(resource, resource.resourceType),
    ...whatIsWrongWithExtensions(resource),
    ...whatIsWrongByProfile(resource),
  ];
}

/** A reference by `urn:uuid:` says no type; what it leads to is judged where the document is. */
const OF_NO_ACCOUNT = /^Invalid reference: got "urn:uuid:/;

function structure(resource) {
  try {
    return sentences(validateResource(resource)).filter((what) => !OF_NO_ACCOUNT.test(what));
  } catch (error) {
    return error.outcome ? sentences(error.outcome.issue) : [String(error)];
  }
}

function sentences(issues) {
  return issues.map((issue) => `${issue.details?.text} at ${issue.expression}`);
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
