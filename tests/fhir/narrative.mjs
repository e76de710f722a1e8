// What is wrong with the XHTML of a narrative, by FHIR R4 section 2.1.4 (narrative, txt-1 and txt-2) and, for what may stand
// in what, by XHTML 1.0 Strict.

import { tree } from './xml.mjs';

const XHTML = 'http://www.w3.org/1999/xhtml';

const words = (text) => text.trim().split(/\s+/);

const INLINE = new Set(words('a abbr acronym b big br cite code dfn em i img q samp small span strong sub sup tt var'));
const BLOCKS = new Set(words('blockquote div dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul'));
const PARTS = new Set(words('caption col colgroup dd dt li tbody td tfoot th thead tr'));

/** What an element may hold where it may not hold everything: only these, and at least one of them. */
const HOLDS = new Map(
  Object.entries({
    ul: 'li',
    ol: 'li',
    dl: 'dt dd',
    table: 'caption col colgroup thead tfoot tbody tr',
    thead: 'tr',
    tbody: 'tr',
    tfoot: 'tr',
    tr: 'th td',
  }).map(([name, inner]) => [name, new Set(words(inner))]),
);

/** Elements that hold running text and nothing that starts a block. */
const HOLDS_TEXT = new Set([...INLINE, ...words('p pre h1 h2 h3 h4 h5 h6 dt caption')]);
const HOLDS_NOTHING = new Set(words('br hr img col'));

const EVERYWHERE = new Set(words('title style class id lang xml:lang dir'));
const ATTRIBUTES = new Map(
  Object.entries({
    a: 'href name hreflang rel rev type',
    img: 'src alt height width',
    blockquote: 'cite',
    q: 'cite',
    table: 'summary width border frame rules cellspacing cellpadding',
    col: 'span width align valign',
    colgroup: 'span width align valign',
    tr: 'align valign',
    td: 'abbr axis headers scope rowspan colspan align valign',
    th: 'abbr axis headers scope rowspan colspan align valign',
  }).map(([name, allowed]) => [name, new Set(words(allowed))]),
);

/** What leads out of the document: an attribute that names an address may only name a place in it. */
const ADDRESSES = new Set(['href', 'src', 'cite']);
const STYLE_THAT_LOADS = /url\s*\(|expression\s*\(|@import|behaviou?r\s*:|javascript:/i;

/** What is wrong with a `div`, one sentence each; nothing if nothing is. */
export function whatIsWrongWithXhtml(div) {
  let root;
  try {
    root = tree(div);
  } catch (error) {
    return [`not well formed: ${error.message}`];
  }
  if (root.name !== 'div' || root.uri !== XHTML) return ['not one `div` in the namespace of XHTML'];
  const wrong = [];
  visit(root, wrong);
  if (!showsSomething(root)) wrong.push('empty');
  return wrong;
}

function visit(element, wrong) {
  const { name, uri, children } = element;
  if (uri !== XHTML || !(INLINE.has(name) || BLOCKS.has(name) || PARTS.has(name))) {
    wrong.push(`\`${name}\` is not allowed`);
    return;
  }
  attributesOf(element, wrong);
  const inner = children.filter((child) => typeof child === 'object');
  const text = children.some((child) => typeof child === 'string' && child.trim() !== '');
  if (HOLDS_NOTHING.has(name) && children.length > 0) wrong.push(`\`${name}\` holds something`);
  if (HOLDS.has(name) && (text || inner.length === 0)) wrong.push(`\`${name}\` holds ${text ? 'text' : 'nothing'}`);
  for (const child of inner) {
    if (!mayHold(name, child.name)) wrong.push(`\`${child.name}\` in \`${name}\``);
    visit(child, wrong);
  }
}

function mayHold(outer, inner) {
  if (HOLDS.has(outer)) return HOLDS.get(outer).has(inner);
  if (HOLDS_TEXT.has(outer)) return INLINE.has(inner) && !(outer === 'a' && inner === 'a');
  return outer === 'colgroup' ? inner === 'col' : !PARTS.has(inner);
}

function attributesOf({ name, attributes }, wrong) {
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute === 'xmlns' && value === XHTML) continue;
    if (!EVERYWHERE.has(attribute) && !ATTRIBUTES.get(name)?.has(attribute)) {
      wrong.push(`\`${name}\` has \`${attribute}\``);
    } else if (ADDRESSES.has(attribute) && !value.startsWith('#') && !value.startsWith('data:image/')) {
      wrong.push(`\`${name}\` leads out of the document`);
    } else if (attribute === 'style' && STYLE_THAT_LOADS.test(value)) {
      wrong.push(`the style of \`${name}\` loads something`);
    }
  }
}

function showsSomething(node) {
  if (typeof node === 'string') return node.trim() !== '';
  return node.name === 'img' || node.children.some(showsSomething);
}
