// The judge of pointers for the National Record Locator finds each thing that the Locator refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whatIsWrongWithPointer } from './nrl.mjs';

const SNOMED = 'http://snomed.info/sct';
const ENGLAND = 'https://fhir.nhs.uk/England';
const coded = (system, code, display) => ({ coding: [{ system, code, display }] });
const organisation = () => ({ identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'X26' } });

const pointer = () => ({
  resourceType: 'DocumentReference',
  id: 'X26-5f0c',
  status: 'current',
  type: coded(SNOMED, '861421000000109', 'End of life care coordination summary'),
  category: [coded(SNOMED, '734163000', 'Care plan')],
  subject: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' } },
  author: [organisation()],
  custodian: organisation(),
  content: [
    {
      extension: [
        {
          url: `${ENGLAND}/StructureDefinition/Extension-England-ContentStability`,
          valueCodeableConcept: coded(`${ENGLAND}/CodeSystem/England-NRLContentStability`, 'dynamic', 'Dynamic'),
        },
      ],
      attachment: { contentType: 'application/fhir+json', url: 'https://plans.example/fhir/R4/Bundle/1' },
      format: coded(`${ENGLAND}/CodeSystem/England-NRLFormatCode`, 'urn:nhs-ic:structured', 'Structured Document')
        .coding[0],
    },
  ],
  context: { practiceSetting: coded(SNOMED, '224891009', 'Healthcare services') },
});

test('a pointer that is right is let pass', () => {
  assert.deepEqual(whatIsWrongWithPointer(pointer()), []);
});

const broken = {
  'author is missing': (p) => delete p.author,
  'id `X99-5f0c`': (p) => (p.id = 'X99-5f0c'),
  'two categories': (p) => p.category.push(p.category[0]),
  'type has 2 codings': (p) => p.type.coding.push(p.type.coding[0]),
  '"Care Plan" is not "Care plan"': (p) => (p.category[0].coding[0].display = 'Care Plan'),
  'type: "734163000" has no place here': (p) => (p.type.coding[0].code = '734163000'),
  'subject.identifier.system': (p) => (p.subject.identifier.system = 'https://example.org'),
  'content.format is not urn:nhs-ic:unstructured': (p) => (p.content[0].attachment.contentType = 'application/pdf'),
  '0 extensions of stability': (p) => delete p.content[0].extension,
  'context.practiceSetting has 0 codings': (p) => (p.context = { related: [organisation()] }),
  'Invalid additional property': (p) => (p.owner = 'me'),
  'replaces what it does not identify': (p) =>
    (p.relatesTo = [{ code: 'replaces', target: { display: 'the old one' } }]),
  'no ASID': (p) => (p.content[0].attachment.url = 'ssp://plans.example/1'),
  'is empty': (p) => (p.description = ''),
};

for (const [says, change] of Object.entries(broken)) {
  test(`a pointer is refused: ${says}`, () => {
    const changed = pointer();
    change(changed);
    const said = whatIsWrongWithPointer(changed).join('\n');
    assert.ok(said.includes(says === 'two categories' ? 'category stands 2 times' : says), said);
  });
}
