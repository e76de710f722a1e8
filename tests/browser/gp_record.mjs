// A GP record that a test writes: a FHIR server that answers the searches of an import, and breaks when it is told to.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FHIR_JSON = 'application/fhir+json';
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

export class GpRecord {
  /** What it holds of the person besides who they are; a test changes it as a practice would. */
  holds = [];
  /** The status of every answer. */
  status = 200;
  #patient;
  #server;
  #folder = mkdtempSync(join(tmpdir(), 'coplan-gp-record-'));

  /** The record of that person, on a port of its own. */
  static async of(nhsNumber) {
    const record = new GpRecord();
    record.#patient = patient(nhsNumber);
    record.#server = createServer((request, response) => record.#answer(request, response));
    record.#server.listen(0, '127.0.0.1');
    await once(record.#server, 'listening');
    return record;
  }

  /** A sources file that names it. */
  sourcesFile(name) {
    const file = join(this.#folder, 'sources.toml');
    const base = `http://127.0.0.1:${this.#server.address().port}/R4`;
    writeFileSync(
      file,
      `[[source]]\nname = "${name}"\nbase = "${base}"\nallow_http = true\nallow_private = true\n`,
    );
    return file;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #answer(request, response) {
    const kind = new URL(request.url, 'http://localhost').pathname.split('/').at(-2);
    const entry = [this.#patient, ...this.holds]
      .filter(({ resourceType }) => resourceType === kind)
      .map((resource) => ({ resource }));
    response.writeHead(this.status, { 'content-type': FHIR_JSON });
    response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry }));
  }
}

const patient = (nhsNumber) => ({
  resourceType: 'Patient',
  id: 'person',
  identifier: [{ system: NHS_NUMBER, value: nhsNumber }],
});

/** What anything in the record says of whom it is about. */
const ABOUT = { reference: 'Patient/person' };

/** Something that the person must not have, with how bad it was. */
export const allergy = (id, text, severity) => ({
  resourceType: 'AllergyIntolerance',
  id,
  patient: ABOUT,
  code: { text },
  reaction: [{ severity }],
});

/** A problem of the problem list. */
export const problem = (id, text) => ({ resourceType: 'Condition', id, subject: ABOUT, code: { text } });

/** A medicine that they take, with its dose in words. */
export const medicine = (id, text, dose) => ({
  resourceType: 'MedicationStatement',
  id,
  status: 'active',
  subject: ABOUT,
  medicationCodeableConcept: { text },
  dosage: [{ text: dose }],
});

/** A document that another service wrote about somebody, with things in it that must not reach a page. */
export function document(nhsNumber) {
  const said =
    '<p>Sleeps best in the chair.</p><script>document.title = "";</script><a href="https://x.example">More</a>';
  const composition = {
    resourceType: 'Composition',
    title: 'Hospice summary',
    date: '2026-11-20T10:00:00Z',
    subject: ABOUT,
    author: [{ display: 'Otherton Hospice' }],
    section: [{ title: 'What matters', text: { div: `<div onclick="alert()">${said}</div>` } }],
  };
  const entry = [composition, patient(nhsNumber)].map((resource) => ({ resource }));
  return JSON.stringify({ resourceType: 'Bundle', type: 'document', entry });
}
