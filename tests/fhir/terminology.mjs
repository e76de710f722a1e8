// What is wrong with the codes of a resource: against the value sets that an element requires, the code systems that are
// published whole, and the check digit that SNOMED CT gives each of its identifiers.

import { SNOMED, displayOf, setHolds, systemHolds, walk } from './definitions.mjs';

/** What is wrong, one sentence each; nothing if nothing is. */
export function whatIsWrongWithCodes(resource) {
  const wrong = [];
  walk(resource, ({ type, value, path, element }) => {
    if (type === 'Coding') coding(value, path, wrong);
    if (element?.binding?.strength === 'required') required(element.binding.valueSet, value, path, wrong);
  });
  return wrong;
}

/** Whether a code, a Coding, a CodeableConcept or a Quantity is in a value set that its element requires. */
export function required(valueSet, value, path, wrong) {
  if (value === null || value === undefined) return;
  if (typeof value === 'string') {
    if (setHolds(valueSet, undefined, value) === false) wrong.push(`${path}: "${value}" is not in ${valueSet}`);
    return;
  }
  const codings = value.coding ?? (value.code && !Array.isArray(value.code) ? [value] : []);
  if (!codings.some(({ system, code }) => setHolds(valueSet, system, code) !== false)) {
    const said = codings.map(({ system, code }) => `${system}|${code}`).join(', ') || 'no code';
    wrong.push(`${path}: ${said} is not in ${valueSet}`);
  }
}

function coding({ system, code, display }, path, wrong) {
  if (code === undefined) return;
  if (system === undefined) wrong.push(`${path}: "${code}" has no system`);
  if (system === SNOMED && !isSnomedConcept(code)) wrong.push(`${path}: "${code}" cannot be a concept of SNOMED CT`);
  if (systemHolds(system, code) === false) wrong.push(`${path}: "${code}" is not in ${system}`);
  const right = displayOf(system, code);
  if (display !== undefined && right !== undefined && right.toLowerCase() !== display.toLowerCase()) {
    wrong.push(`${path}: "${code}" of ${system} is "${right}", not "${display}"`);
  }
}

/** Dihedral group D5: products, and the permutation of each place, as Verhoeff's scheme has them. */
const PRODUCTS = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const PLACES = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
for (let place = 1; place < 8; place += 1) {
  PLACES.push(PLACES[place - 1].map((_, digit) => PLACES[place - 1][[1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit]]));
}

/** Whether a code can be that of a SNOMED CT concept: 6 to 18 digits, partition 00 or 10, right check digit. */
export function isSnomedConcept(code) {
  if (!/^[1-9]\d{2,14}[01]0\d$/.test(code)) return false;
  const digits = [...code].reverse().map(Number);
  return digits.reduce((sum, digit, place) => PRODUCTS[sum][PLACES[place % 8][digit]], 0) === 0;
}
