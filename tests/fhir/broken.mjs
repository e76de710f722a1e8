// Ways to break a document in one place, and what the judges must say of each: one or more for every kind of check.

import { first } from './sample.mjs';

const section = (bundle) => bundle.entry[0].resource.section.find(({ text }) => text);
const narrative = (wrong) => (bundle) => {
  const { text } = section(bundle);
  text.div = text.div.replace(/<\/div>$/, `${wrong}</div>`);
};
const identifier = (bundle) => first(bundle, 'Patient').identifier[0];

/** `{ kind, what, change, says, ukCore }`: `change` breaks a document in place, `says` is in what must be said then. */
export const broken = [
  {
    kind: 'structure',
    what: 'what must be there is missing',
    change: (b) => delete first(b, 'CarePlan').intent,
    says: 'intent',
  },
  {
    kind: 'structure',
    what: 'a member that there is not',
    change: (b) => (first(b, 'Patient').nickname = 'Bob'),
    says: 'nickname',
  },
  {
    kind: 'structure',
    what: 'one value where a list must be',
    change: (b) => (b.entry[0].resource.author = b.entry[0].resource.author[0]),
    says: 'author',
  },
  {
    kind: 'structure',
    what: 'a date that there never was',
    change: (b) => (first(b, 'Patient').birthDate = '1931-02-29'),
    says: 'birthDate',
  },
  { kind: 'structure', what: 'text that is none', change: (b) => (b.entry[0].resource.title = ' '), says: 'title' },
  { kind: 'structure', what: 'an id with a blank', change: (b) => (b.entry[1].resource.id = 'a b'), says: 'id' },
  {
    kind: 'structure',
    what: 'two values of one choice',
    change: (b) => Object.assign(first(b, 'Patient'), { deceasedBoolean: true, deceasedDateTime: '2026-01-01' }),
    says: 'deceased',
  },
  {
    kind: 'binding',
    what: 'a status that there is not',
    change: (b) => (first(b, 'CarePlan').status = 'alive'),
    says: '"alive" is not in',
  },
  {
    kind: 'binding',
    what: 'a code that its system does not have',
    change: (b) =>
      (first(b, 'CarePlan').category = [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'NOPE' }] },
      ]),
    says: '"NOPE" is not in',
  },
  {
    kind: 'binding',
    what: 'a display that is not that of its code',
    change: (b) =>
      (first(b, 'CarePlan').category = [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R', display: 'normal' },
          ],
        },
      ]),
    says: 'not "normal"',
  },
  {
    kind: 'binding',
    what: 'a number that no concept of SNOMED CT has',
    change: (b) => (first(b, 'CarePlan').category[0].coding[0].code = '734163001'),
    says: 'SNOMED',
  },
  {
    kind: 'invariant',
    what: 'a section with nothing in it',
    change: (b) => b.entry[0].resource.section.push({ title: 'Empty' }),
    says: 'cmp-1',
  },
  {
    kind: 'invariant',
    what: 'an activity that is both told and pointed at',
    change: (b) =>
      (first(b, 'CarePlan').activity = [{ reference: b.entry[0].resource.subject, detail: { status: 'unknown' } }]),
    says: 'cpl-3',
  },
  {
    kind: 'invariant',
    what: 'an answer with items and a group with answers',
    change: (b) =>
      (first(b, 'QuestionnaireResponse').item[0] = {
        linkId: 'x',
        answer: [{ valueString: 'x' }],
        item: [{ linkId: 'x.y' }],
      }),
    says: 'qrs-1',
  },
  { kind: 'XHTML', what: 'a script', change: narrative('<script>1</script>'), says: '`script`' },
  {
    kind: 'XHTML',
    what: 'an element that is not closed',
    change: narrative('<p>one<br></p>'),
    says: 'not well formed',
  },
  {
    kind: 'XHTML',
    what: 'an entity that XML does not have',
    change: narrative('<p>&nbsp;</p>'),
    says: 'not well formed',
  },
  { kind: 'XHTML', what: 'a handler', change: narrative('<p onclick="x()">one</p>'), says: '`onclick`' },
  {
    kind: 'XHTML',
    what: 'a picture from elsewhere',
    change: narrative('<p><img src="https://example.org/x.png" alt="x"/></p>'),
    says: 'leads out',
  },
  {
    kind: 'XHTML',
    what: 'a style that loads',
    change: narrative('<p style="background: url(x)">one</p>'),
    says: 'style',
  },
  { kind: 'XHTML', what: 'a block in a line', change: narrative('<p><ul><li>one</li></ul></p>'), says: '`ul` in `p`' },
  { kind: 'XHTML', what: 'a list of nothing', change: narrative('<ul></ul>'), says: '`ul` holds nothing' },
  {
    kind: 'XHTML',
    what: 'nothing to read',
    change: (b) => (section(b).text.div = '<div xmlns="http://www.w3.org/1999/xhtml"> <p/></div>'),
    says: 'empty',
  },
  { kind: 'XHTML', what: 'no namespace', change: (b) => (section(b).text.div = '<div>one</div>'), says: 'namespace' },
  {
    kind: 'extension',
    what: 'the wrong type of value',
    change: (b) =>
      (first(b, 'Patient').extension = [
        { url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired', valueString: 'yes' },
      ]),
    says: 'not a boolean',
  },
  {
    kind: 'extension',
    what: 'one in a place that is not its own',
    change: (b) =>
      (first(b, 'CarePlan').extension = [
        { url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired', valueBoolean: true },
      ]),
    says: 'no place here',
  },
  {
    kind: 'extension',
    what: "one of HL7's that nobody defined",
    change: (b) =>
      (first(b, 'CarePlan').extension = [
        { url: 'http://hl7.org/fhir/StructureDefinition/patient-shoeSize', valueInteger: 41 },
      ]),
    says: 'nobody defines',
  },
  {
    kind: 'profile',
    ukCore: true,
    what: 'two NHS numbers',
    change: (b) => first(b, 'Patient').identifier.push({ ...identifier(b), value: '9990000042' }),
    says: 'identifier:nhsNumber stands 2 times',
  },
  {
    kind: 'profile',
    ukCore: true,
    what: 'an NHS number without a value',
    change: (b) => delete identifier(b).value,
    says: 'nhsNumber.value stands 0 times',
  },
  {
    kind: 'profile',
    ukCore: true,
    what: 'a language from no list of languages',
    change: (b) =>
      (first(b, 'Patient').communication = [
        { language: { coding: [{ system: 'https://example.org/languages', code: 'welsh' }] } },
      ]),
    says: 'all-languages',
  },
  {
    kind: 'profile',
    ukCore: true,
    what: 'an extension without its value',
    change: (b) =>
      (first(b, 'Patient').extension = [
        {
          url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory',
          extension: [{ url: 'x', valueString: 'x' }],
        },
      ]),
    says: 'value stands 0 times',
  },
  {
    kind: 'profile',
    ukCore: true,
    what: 'a profile that nobody defined',
    change: (b) => (first(b, 'CarePlan').meta.profile = ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Plan']),
    says: 'nobody defines',
  },
  {
    kind: 'profile',
    ukCore: true,
    what: 'the profile of another type',
    change: (b) => (first(b, 'CarePlan').meta.profile = ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient']),
    says: 'is for Patient',
  },
  {
    kind: 'reference',
    what: 'one that leads nowhere',
    change: (b) =>
      (b.entry[0].resource.section[0].entry = [{ reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' }]),
    says: 'leads nowhere',
  },
  {
    kind: 'reference',
    what: 'one to the wrong type',
    change: (b) => (b.entry[0].resource.author = [b.entry[0].resource.section[0].entry[0]]),
    says: 'leads to CarePlan',
  },
  {
    kind: 'reference',
    what: 'one that is only a word',
    change: (b) => (b.entry[0].resource.author = [{ display: 'Somebody' }]),
    says: 'identifies nothing',
  },
  {
    kind: 'document',
    what: 'two entries with one full URL',
    change: (b) => (b.entry[2].fullUrl = b.entry[1].fullUrl),
    says: 'there twice',
  },
  {
    kind: 'document',
    what: 'a full URL that is no UUID',
    change: (b) => (b.entry[2].fullUrl = 'urn:uuid:practice'),
    says: 'is no UUID',
  },
  { kind: 'document', what: 'the wrong first entry', change: (b) => b.entry.reverse(), says: 'first entry' },
  { kind: 'document', what: 'another type of Bundle', change: (b) => (b.type = 'collection'), says: 'type document' },
  { kind: 'document', what: 'no time', change: (b) => delete b.timestamp, says: 'timestamp' },
  { kind: 'document', what: 'no identifier', change: (b) => delete b.identifier, says: 'Bundle.identifier' },
  {
    kind: 'document',
    what: 'something that nothing leads to',
    change: (b) =>
      b.entry.push({
        fullUrl: 'urn:uuid:22222222-2222-4222-8222-222222222222',
        resource: { resourceType: 'Basic', code: { text: 'x' } },
      }),
    says: 'led to by nothing',
  },
  {
    kind: 'document',
    what: 'two people',
    change: (b) =>
      b.entry.push({ fullUrl: 'urn:uuid:33333333-3333-4333-8333-333333333333', resource: first(b, 'Patient') }),
    says: '2 Patients',
  },
  {
    kind: 'document',
    what: 'one about nobody',
    change: (b) => delete b.entry[0].resource.subject,
    says: 'Composition.subject',
  },
  {
    kind: 'document',
    what: 'an NHS number that fails its check',
    change: (b) => (identifier(b).value = '9990000019'),
    says: 'NHS number',
  },
  {
    kind: 'document',
    what: 'something written after it',
    change: (b) => (first(b, 'QuestionnaireResponse').authored = '2999-01-01T00:00:00Z'),
    says: 'after the document',
  },
];

/** A document broken in one way; the one that was given stays whole. */
export function breakOne(bundle, { change }) {
  const copy = structuredClone(bundle);
  change(copy);
  return copy;
}
