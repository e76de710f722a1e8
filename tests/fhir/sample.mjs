// A small document that is right, made by hand, and what it takes to break it in one place.

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const SNOMED = 'http://snomed.info/sct';
const AT = '2026-03-02T09:30:00.000Z';

const urn = (n) => `urn:uuid:00000000-0000-4000-8000-00000000000${n}`;
const to = (n) => ({ reference: urn(n) });
const ukCore = (type) => ({ profile: [`https://fhir.hl7.org.uk/StructureDefinition/UKCore-${type}`] });
const carePlan = { coding: [{ system: SNOMED, code: '734163000', display: 'Care plan' }] };
const div = (xhtml) => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${xhtml}</div>` });

const resources = [
  {
    resourceType: 'Composition',
    meta: ukCore('Composition'),
    status: 'final',
    type: carePlan,
    subject: to(2),
    date: AT,
    author: [to(3)],
    title: 'Care plan',
    section: [
      { title: 'About me', code: carePlan, text: div('<p>Tea, <b>not</b> coffee.</p>'), entry: [to(4), to(5)] },
    ],
  },
  {
    resourceType: 'Patient',
    meta: ukCore('Patient'),
    identifier: [{ system: NHS_NUMBER, value: '9990000018' }],
    active: true,
    name: [{ use: 'official', text: 'Ada Example' }],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'cy' }] } }],
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired', valueBoolean: true }],
  },
  {
    resourceType: 'Organization',
    meta: ukCore('Organization'),
    identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'X26' }],
    name: 'An invented practice',
  },
  {
    resourceType: 'CarePlan',
    meta: ukCore('CarePlan'),
    status: 'active',
    intent: 'plan',
    category: [carePlan],
    subject: to(2),
  },
  {
    resourceType: 'QuestionnaireResponse',
    meta: ukCore('QuestionnaireResponse'),
    status: 'completed',
    subject: to(2),
    authored: AT,
    item: [{ linkId: 'drink', text: 'What to drink', answer: [{ valueString: 'Tea' }] }],
  },
];

/** A document that is right. */
export function document() {
  const entry = resources.map((resource, n) => ({
    fullUrl: urn(n + 1),
    resource: { ...resource, id: urn(n + 1).slice(9) },
  }));
  return structuredClone({
    resourceType: 'Bundle',
    meta: ukCore('Bundle'),
    identifier: { system: 'https://example.org/id', value: 'plan/1' },
    type: 'document',
    timestamp: AT,
    entry,
  });
}

/** The first resource of a type in a document. */
export function first(bundle, type) {
  return bundle.entry.find(({ resource }) => resource.resourceType === type).resource;
}
