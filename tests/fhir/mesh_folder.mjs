// What stands in the folder that a MESH client empties.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Messages in the order of their numbers. */
export function messages(world) {
  const named = readdirSync(world.mesh).filter((name) => name.endsWith('.dat')).sort();
  return named.map((name) => JSON.parse(readFileSync(join(world.mesh, name), 'utf8')));
}

export const publicationOf = ({ resourceType, identifier }) => (resourceType === 'Bundle' ? identifier : identifier[0]).value.split('/');

/** Whoever reads the messages in their order ends with the version of each plan that is published. */
export function filesEqualOurs(world, { published }) {
  const known = new Map();
  for (const message of messages(world)) {
    const [plan, version] = publicationOf(message);
    if (message.resourceType === 'Bundle') known.set(plan, Number(version));
    else known.delete(plan);
  }
  assert.deepEqual([...known].sort(), published.map(({ plan, version }) => [plan, version]).sort());
}
