// The judges themselves: they let pass what is right, whoever wrote it, and find every kind of fault.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakOne, broken } from './broken.mjs';
import { Judge } from './document.mjs';
import { document, first } from './sample.mjs';
import { whatIsWrongBySnapshot } from './snapshot.mjs';
import { examples, notChecked, profiles } from './ukcore.mjs';
import { whatIsWrong } from './validate.mjs';

for (const byShape of [false, true]) {
  const how = byShape ? ', by shape' : '';
  const said = (bundle) => new Judge({ byShape }).whatIsWrong(bundle);

  test(`a document that is right is let pass${how}`, () => {
    assert.deepEqual(said(document()), []);
  });

  for (const one of broken) {
    test(`a fault of ${one.kind} is found: ${one.what}${how}`, { skip: one.ukCore && notChecked }, () => {
      const all = said(breakOne(document(), one));
      assert.ok(
        all.some((what) => what.includes(one.says)),
        all.join('\n') || 'nothing is said',
      );
    });
  }
}

/** A coding without a system says nothing that a machine can read; FHIR allows it, and one example has it. */
const WITHOUT_SYSTEM = 'UKCore-QuestionnaireResponse-BabyPatientSurvey-Example.xml';

test('the examples of UK Core are let pass, each by the profile of its type', { skip: notChecked }, (t) => {
  let judged = 0;
  for (const { name, resource } of examples()) {
    const url = `https://fhir.hl7.org.uk/StructureDefinition/UKCore-${resource.resourceType}`;
    const said = whatIsWrong({ ...resource, meta: { ...resource.meta, profile: [url] } });
    assert.deepEqual(
      said.filter(() => name !== WITHOUT_SYSTEM),
      [],
      name,
    );
    judged += 1;
  }
  t.diagnostic(`${judged} examples judged by ${profiles.urls.length} definitions`);
});

test("Medplum's validator, given the profile whole, agrees", { skip: notChecked }, () => {
  const patient = first(document(), 'Patient');
  assert.deepEqual(whatIsWrongBySnapshot(patient), []);
  patient.identifier.push({ ...patient.identifier[0], value: '9990000042' });
  assert.match(whatIsWrongBySnapshot(patient).join(), /slice 'nhsNumber': expected 0\.\.1, but found 2/);
});
