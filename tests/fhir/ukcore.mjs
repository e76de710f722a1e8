// The UK Core definitions, read from a folder beside the checkout: what they ask of a resource beyond what FHIR asks.
//
// The folder is not part of the project. COPLAN_UKCORE names it; without that it is looked for as `shared/ukcore` beside
// the checkout, or beside the folder that holds it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { know } from './definitions.mjs';
import { Profiles } from './profile.mjs';
import { fromXml } from './xml.mjs';

/** What the URLs of UK Core's profiles and extensions start with. */
export const UK_CORE = 'https://fhir.hl7.org.uk/StructureDefinition/';
const folder = ukCoreFolder();

/** Says why the profiles are not checked; nothing where they are. */
export const notChecked = folder
  ? undefined
  : 'UK Core profiles: not checked, no folder shared/ukcore beside the checkout';

/** The profiles of UK Core; none where the folder is missing. */
export const profiles = new Profiles(folder ? read('structuredefinitions').map(({ resource }) => resource) : []);
if (folder) for (const { resource } of read('valuesets')) know(resource);

/** The examples that are published with the profiles: `{ name, resource }`. */
export function examples() {
  return folder ? read('examples') : [];
}

function ukCoreFolder() {
  const checkout = resolve(import.meta.dirname, '../..');
  const places = process.env.COPLAN_UKCORE
    ? [process.env.COPLAN_UKCORE]
    : ['../shared/ukcore', '../../shared/ukcore'].map((path) => resolve(checkout, path));
  return places.find((path) => existsSync(join(path, 'structuredefinitions')));
}

function read(part) {
  const names = readdirSync(join(folder, part)).filter((name) => name.endsWith('.xml'));
  return names.sort().map((name) => ({ name, resource: fromXml(readFileSync(join(folder, part, name), 'utf8')) }));
}

/**
 * What is wrong with a resource by the profiles of UK Core that it says it follows, one sentence each; nothing if nothing
 * is, and nothing where the folder is missing.
 */
export function whatIsWrongByProfile(resource) {
  return notChecked
    ? []
    : declared(resource).flatMap((url) => profiles.whatIsWrong(url, resource, resource.resourceType));
}

/** The profiles of UK Core that a resource says it follows. */
export function declared(resource) {
  return (resource.meta?.profile ?? []).filter((url) => url.startsWith(UK_CORE));
}
