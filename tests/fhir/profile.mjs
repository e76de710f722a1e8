// What is wrong with a resource by a profile: a base definition and the differential that narrows it.
//
// FHIR's own types are judged elsewhere; here is only what a profile adds: how often an element may stand, of which type
// it must be, the value it must have or hold, the value set it must be from, the slices that it falls into, and the
// conditions that must hold. `mustSupport` asks nothing of a resource and is left alone.

import { memberOf } from './definitions.mjs';
import { required } from './terminology.mjs';

const { evalFhirPathTyped } = await import('@medplum/core');

/** Any number of times. */
const MANY = '*';
const BY_URL = { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' };

/** Profiles by their canonical URL, ready to judge with. */
export class Profiles {
  #definitions = new Map();
  #roots = new Map();

  /** Takes StructureDefinitions with a differential each. */
  constructor(definitions) {
    for (const definition of definitions) this.#definitions.set(definition.url, definition);
  }

  /** The definition with a canonical URL; a version after `|` is left aside. */
  definition(url) {
    return this.#definitions.get(url.split('|')[0]);
  }

  /** The canonical URLs of all. */
  get urls() {
    return [...this.#definitions.keys()];
  }

  /** What is wrong with a value of a type, one sentence each, by the profile with this URL; nothing if nothing is. */
  whatIsWrong(url, value, type) {
    const definition = this.definition(url);
    if (!definition) return [`nobody defines ${url}`];
    if (definition.type !== type) return [`${url} is for ${definition.type}, not for ${type}`];
    const wrong = [];
    judge({ node: this.#root(url), type, value, path: type, wrong });
    return wrong;
  }

  /** The tree of what a profile says, on top of that of the profile it is based on. */
  #root(url) {
    if (this.#roots.has(url)) return this.#roots.get(url);
    const { type, baseDefinition, differential } = this.definition(url);
    const base = this.definition(baseDefinition);
    const root = base && base.type === type ? structuredClone(this.#root(base.url)) : newNode(type);
    for (const element of differential.element) place(root, element);
    this.#roots.set(url, root);
    return root;
  }
}

/** A place in a type: what is said of it, what is said of its members, and the slices of it. */
function newNode(name) {
  return { name, said: {}, members: new Map(), slices: new Map() };
}

function place(root, element) {
  let node = root;
  for (const step of element.id.split('.').slice(1)) {
    const [name, ...slices] = step.split(':');
    node = childOf(node.members, name);
    if (slices.length > 0) node = childOf(node.slices, slices.join(':'));
  }
  Object.assign(node.said, element);
}

function childOf(map, name) {
  if (!map.has(name)) map.set(name, newNode(name));
  return map.get(name);
}

/** Judges one value: what is said of itself, then its members. */
function judge({ node, type, value, path, wrong }) {
  itself({ said: node.said, type, value, path, wrong });
  for (const inner of node.members.values()) {
    const found = valuesOf(type, value, inner.name);
    const at = `${path}.${inner.name.replace('[x]', '')}`;
    count(inner.said, found.length, at, wrong);
    for (const one of found) judge({ node: inner, type: one.type, value: one.value, path: at, wrong });
    slices(inner, found, at, wrong);
  }
}

/** The values of an element of a value, each with its type and the name of the member that held it. */
function valuesOf(type, value, name) {
  if (value === null || typeof value !== 'object') return [];
  const all = [];
  for (const [member, child] of Object.entries(value)) {
    const found = memberOf(type, member);
    if (found?.name !== name) continue;
    for (const one of Array.isArray(child) ? child : [child]) all.push({ type: found.code, value: one, member });
  }
  return all;
}

function count({ min = 0, max = MANY, sliceName }, number, path, wrong) {
  const what = sliceName ? `${path}:${sliceName}` : path;
  if (number < min) wrong.push(`${what} stands ${number} times, not at least ${min}`);
  if (max !== MANY && number > Number(max)) wrong.push(`${what} stands ${number} times, not at most ${max}`);
}

function itself({ said, type, value, path, wrong }) {
  const types = said.type?.map(({ code }) => code);
  if (types && path.includes('.') && !types.includes(type) && !types.includes('BackboneElement')) {
    wrong.push(`${path} is a ${type}, not a ${types.join(' or ')}`);
  }
  const fixed = starting(said, 'fixed');
  if (fixed !== undefined && !same(value, fixed)) wrong.push(`${path} is not ${JSON.stringify(fixed)}`);
  const pattern = starting(said, 'pattern');
  if (pattern !== undefined && !holds(value, pattern)) wrong.push(`${path} does not hold ${JSON.stringify(pattern)}`);
  if (said.binding?.strength === 'required') required(said.binding.valueSet, value, path, wrong);
  for (const { key, severity, expression, human } of said.constraint ?? []) {
    if (severity === 'error' && expression && !isTrue(expression, type, value)) wrong.push(`${path}: ${key}: ${human}`);
  }
}

function slices(node, found, path, wrong) {
  if (node.slices.size === 0) return;
  const slicing = node.said.slicing ?? (node.name.endsWith('xtension') ? BY_URL : undefined);
  const left = new Set(found);
  for (const slice of node.slices.values()) {
    const mine = found.filter((one) => isIn(slice, slicing, one));
    count({ ...slice.said, sliceName: slice.name }, mine.length, path, wrong);
    for (const one of mine) {
      left.delete(one);
      judge({ node: slice, type: one.type, value: one.value, path: `${path}:${slice.name}`, wrong });
    }
  }
  if (slicing?.rules === 'closed' && left.size > 0) wrong.push(`${path} has ${left.size} in no slice`);
}

function isIn(slice, slicing, { value, type, member }) {
  if (slice.name === member) return true;
  return (slicing?.discriminator ?? []).every(({ type: kind, path }) => {
    if (kind === 'type') return slice.said.type?.some(({ code }) => code === type);
    const wanted = expected(slice, path);
    if (wanted === undefined) return false;
    return at(value, path).some((one) => holds(one, wanted));
  });
}

/** What a slice says that the value at a path of it must be; of an extension, the URL of its profile. */
function expected(slice, path) {
  if (path === 'url' && slice.said.type?.[0]?.profile) return slice.said.type[0].profile[0];
  let node = slice;
  for (const step of path === '$this' ? [] : path.split('.')) {
    node = node.members.get(step);
    if (!node) return undefined;
  }
  return starting(node.said, 'fixed') ?? starting(node.said, 'pattern');
}

function at(value, path) {
  if (path === '$this') return [value];
  return path.split('.').reduce((all, step) => all.flatMap((one) => one?.[step] ?? []), [value]);
}

/** The value of the member whose name starts so: `fixedUri`, `patternCodeableConcept`. */
function starting(said, stem) {
  const name = Object.keys(said).find((one) => one.startsWith(stem) && /[A-Z]/.test(one[stem.length] ?? ''));
  return name && said[name];
}

function same(one, other) {
  return holds(one, other) && holds(other, one);
}

/** Whether a value has all that a pattern has. */
function holds(value, pattern) {
  if (pattern === null || typeof pattern !== 'object') return value === pattern;
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((wanted) => value.some((one) => holds(one, wanted)));
  }
  return Object.entries(pattern).every(([name, wanted]) => holds(value?.[name], wanted));
}

function isTrue(expression, type, value) {
  const focus = { type, value };
  const result = evalFhirPathTyped(expression, [focus], { '%resource': focus, '%context': focus });
  return result.length === 1 && result[0].value === true;
}
