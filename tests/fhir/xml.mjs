// XML by a parser that holds to the letter, and FHIR's XML read as FHIR's JSON, for what is published as XML only.

import { SaxesParser } from 'saxes';
import { memberOf } from './definitions.mjs';

const XHTML = 'http://www.w3.org/1999/xhtml';
const NUMBERS = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt']);

/**
 * The root of a document as `{ name, uri, attributes, children }`, text being strings among the children; throws what
 * the parser says of a text that is not well formed.
 */
export function tree(text) {
  const open = [{ children: [] }];
  const parser = new SaxesParser({ xmlns: true });
  const refuse = (what) => () => {
    throw new Error(`${what} has no place here`);
  };
  const add = (value) => open.at(-1).children.push(value);
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', refuse('a document type'));
  parser.on('cdata', add);
  parser.on('text', add);
  parser.on('opentag', ({ local, uri, attributes }) => {
    const element = { name: local, uri, attributes: {}, children: [] };
    for (const { name, value } of Object.values(attributes)) element.attributes[name] = value;
    add(element);
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  parser.write(text).close();
  return open[0].children.find((child) => typeof child === 'object');
}

/** The resource that an XML document holds. */
export function fromXml(text) {
  return resource(tree(text));
}

function resource(element) {
  return { resourceType: element.name, ...members(element, element.name) };
}

function members(element, type) {
  const all = {};
  for (const [name, value] of Object.entries(element.attributes)) {
    if (name === 'id' || (name === 'url' && type === 'Extension')) all[name] = value;
  }
  for (const child of element.children) {
    if (typeof child === 'string') continue;
    const member = memberOf(type, child.name);
    if (!member) throw new Error(`\`${type}\` has no \`${child.name}\``);
    put(all, child, member);
  }
  return all;
}

function put(all, child, { element, code }) {
  const value = read(child, code);
  const more = isPrimitive(code) && code !== 'xhtml' ? extensions(child) : undefined;
  if (!element.isArray) {
    if (value !== undefined) all[child.name] = value;
    if (more) all[`_${child.name}`] = more;
    return;
  }
  all[child.name] = [...(all[child.name] ?? []), value];
  if (more) (all[`_${child.name}`] ??= [])[all[child.name].length - 1] = more;
}

function read(child, code) {
  if (code === 'xhtml') return written(child);
  if (code === 'Resource') return resource(child.children.find((inner) => typeof inner === 'object'));
  if (!isPrimitive(code)) return members(child, code);
  const { value } = child.attributes;
  if (value === undefined) return undefined;
  if (NUMBERS.has(code)) return Number(value);
  return code === 'boolean' ? value === 'true' : value;
}

function isPrimitive(code) {
  return /^[a-z]/.test(code) || code.startsWith('http://hl7.org/fhirpath/');
}

function extensions(child) {
  const inner = members({ ...child, attributes: {} }, 'Element');
  return inner.extension && inner;
}

/** An element of a narrative as text again. */
function written(node) {
  if (typeof node === 'string') return escaped(node);
  const attributes = Object.entries(node.attributes).filter(([name]) => !name.startsWith('xmlns'));
  if (node.name === 'div' && node.uri === XHTML) attributes.unshift(['xmlns', XHTML]);
  const inner = attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  return `<${node.name}${inner}>${node.children.map(written).join('')}</${node.name}>`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
