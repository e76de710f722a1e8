// What is wrong with a pointer for the National Record Locator, by the rules that its producer interface applies when one
// is created; beside them, what FHIR R4 asks of a DocumentReference is judged as of any resource.

import { whatIsWrong } from './validate.mjs';

const SNOMED = 'http://snomed.info/sct';
const ODS_CODE = 'https://fhir.nhs.uk/Id/ods-organization-code';
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const ASID = 'https://fhir.nhs.uk/Id/nhsSpineASID';
const ENGLAND = 'https://fhir.nhs.uk/England';
const STABILITY = `${ENGLAND}/StructureDefinition/Extension-England-ContentStability`;
const RETRIEVAL = `${ENGLAND}/StructureDefinition/Extension-England-NRLRetrievalMechanism`;

const REQUIRED = ['custodian', 'id', 'type', 'status', 'subject', 'category', 'author', 'content', 'context'];
const RELATIONS = ['replaces', 'transforms', 'signs', 'appends', 'incorporates', 'summarizes'];

/** Types of document that are care plans, with the only display that each may have. */
const CARE_PLANS = {
  736253002: 'Mental health crisis plan',
  887701000000100: 'Emergency health care plan',
  861421000000109: 'End of life care coordination summary',
  1382601000000107: 'ReSPECT (Recommended Summary Plan for Emergency Care and Treatment) form',
  325691000000100: 'Contingency plan',
  736373009: 'End of life care plan',
  736366004: 'Advance care plan',
  735324008: 'Treatment escalation plan',
  2181441000000107: 'Personalised Care and Support Plan',
};
const CATEGORIES = { 734163000: 'Care plan' };
/** Those of the practice settings that a plan can come from. */
const SETTINGS = {
  224891009: 'Healthcare services',
  1060971000000108: 'General practice service',
  395086005: 'Community specialist palliative care',
  395092004: 'Specialist palliative care',
  413294000: 'Community health services',
};
const FORMATS = {
  'urn:nhs-ic:record-contact': 'Contact details (HTTP Unsecured)',
  'urn:nhs-ic:unstructured': 'Unstructured Document',
  'urn:nhs-ic:structured': 'Structured Document',
};
const STABILITIES = { static: 'Static', dynamic: 'Dynamic' };
const FORMATS_OF = {
  'application/pdf': ['urn:nhs-ic:unstructured'],
  'text/html': ['urn:nhs-ic:record-contact', 'urn:nhs-ic:structured'],
  'application/json': ['urn:nhs-ic:structured'],
  'application/fhir+json': ['urn:nhs-ic:structured'],
};

/** What is wrong, one sentence each; nothing if nothing is. */
export function whatIsWrongWithPointer(pointer) {
  const wrong = whatIsWrong(pointer);
  const missing = REQUIRED.filter((name) => isEmpty(pointer[name]));
  if (missing.length > 0) return [...wrong, ...missing.map((name) => `${name} is missing`)];
  empties(pointer, 'DocumentReference', wrong);
  organisations(pointer, wrong);
  identified(pointer.subject, NHS_NUMBER, 'subject', wrong);
  one(pointer.type.coding, SNOMED, CARE_PLANS, 'type', wrong);
  if (pointer.category.length !== 1) wrong.push(`category stands ${pointer.category.length} times`);
  one(pointer.category[0].coding, SNOMED, CATEGORIES, 'category', wrong);
  one(pointer.context.practiceSetting?.coding, SNOMED, SETTINGS, 'context.practiceSetting', wrong);
  for (const content of pointer.content) contentOf(content, pointer.context, wrong);
  for (const related of pointer.relatesTo ?? []) relation(related, wrong);
  return wrong;
}

function isEmpty(value) {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

function empties(value, path, wrong) {
  if (isEmpty(value)) wrong.push(`${path} is empty`);
  else if (typeof value === 'object')
    for (const [name, inner] of Object.entries(value)) empties(inner, `${path}.${name}`, wrong);
}

/** Who keeps it and who wrote it are organisations, and the id begins with the code of who keeps it. */
function organisations({ id, custodian, author }, wrong) {
  identified(custodian, ODS_CODE, 'custodian', wrong);
  const prefix = `${custodian.identifier?.value}-`;
  if (!id.startsWith(prefix) || id.length === prefix.length) wrong.push(`id \`${id}\` is not \`${prefix}…\``);
  if (author.length !== 1) wrong.push(`author stands ${author.length} times`);
  identified(author[0], ODS_CODE, 'author', wrong);
  if (!/^[A-Za-z0-9]{1,12}$/.test(author[0].identifier?.value ?? '')) wrong.push('author is no ODS code');
}

function identified({ identifier }, system, path, wrong) {
  if (identifier?.system !== system) wrong.push(`${path}.identifier.system is not ${system}`);
}

/** Exactly one coding, of a code that is known, with the display that goes with it. */
function one(codings, system, known, path, wrong) {
  if (codings?.length !== 1) {
    wrong.push(`${path} has ${codings?.length ?? 0} codings, not one`);
    return;
  }
  const [coding] = codings;
  if (coding.system !== system) wrong.push(`${path} is of ${coding.system}`);
  if (!Object.hasOwn(known, coding.code)) wrong.push(`${path}: "${coding.code}" has no place here`);
  else if (coding.display !== known[coding.code])
    wrong.push(`${path}: "${coding.display}" is not "${known[coding.code]}"`);
}

function contentOf({ attachment, format, extension = [] }, context, wrong) {
  const { contentType, url } = attachment;
  const formats = FORMATS_OF[contentType];
  if (!formats) wrong.push(`content.attachment.contentType \`${contentType}\` has no place here`);
  else if (!formats.includes(format?.code)) wrong.push(`content.format is not ${formats.join(' or ')}`);
  one(format && [format], `${ENGLAND}/CodeSystem/England-NRLFormatCode`, FORMATS, 'content.format', wrong);
  const stable = extension.filter((each) => each.url === STABILITY);
  if (stable.length !== 1) wrong.push(`content has ${stable.length} extensions of stability, not one`);
  for (const { valueCodeableConcept } of stable) {
    const system = `${ENGLAND}/CodeSystem/England-NRLContentStability`;
    one(valueCodeableConcept?.coding, system, STABILITIES, 'content.extension', wrong);
  }
  if (extension.some((each) => each.url !== STABILITY && each.url !== RETRIEVAL))
    wrong.push('content has another extension');
  if (!url) wrong.push('content.attachment.url is missing');
  else if (url.startsWith('ssp://') && !hasAsid(context)) wrong.push('context.related has no ASID of 12 digits');
}

function hasAsid({ related = [] }) {
  const asids = related.filter(({ identifier }) => identifier?.system === ASID);
  return asids.length === 1 && /^\d{12}$/.test(asids[0].identifier.value);
}

function relation({ code, target }, wrong) {
  if (!RELATIONS.includes(code)) wrong.push(`relatesTo.code \`${code}\` has no place here`);
  if (code === 'replaces' && !target?.identifier?.value) wrong.push('relatesTo replaces what it does not identify');
}
