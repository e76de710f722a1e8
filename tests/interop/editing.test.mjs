// Two members of staff of different organisations edit one section at the same time, each with an unmodified client.

import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { ImmutableString, updateText } from "@automerge/automerge-repo"
import { Cast } from "./cast.mjs"
import { Client, converged } from "./client.mjs"
import { storedHeads } from "./database.mjs"
import { Server } from "./server.mjs"
import { until } from "./until.mjs"

let server, cast

before(async () => {
  server = await Server.start()
  cast = await Cast.of(server)
})
after(() => server.stop())

/** Two clients of different organisations with the same section open. */
async function pair(section) {
  const [one, two] = cast.writers(section)
  const document = await cast.document(section, one)
  const [a, b] = await Promise.all([Client.online(server, one), Client.online(server, two)])
  const [handleA, handleB] = await Promise.all([a.open(document.url), b.open(document.url)])
  return { ...document, a, b, handleA, handleB, close: () => Promise.all([a.close(), b.close()]) }
}

/** Puts `words` at the end of a text field. */
function append(handle, field, words) {
  handle.change(doc => updateText(doc, ["fields", field], doc.fields[field] + words))
}

/** Puts `words` at the start of a text field. */
function prepend(handle, field, words) {
  handle.change(doc => updateText(doc, ["fields", field], words + doc.fields[field]))
}

test("a section's document has the layout that clients rely on", async () => {
  const { a, handleA, close } = await pair("preferences")
  const { meta, fields } = handleA.doc()
  assert.equal(String(meta.section), "preferences")
  assert.equal(typeof meta.definition, "number")
  assert.equal(typeof fields.place_of_care_detail, "string", "a text field is collaborative text from the start")
  assert.ok(a.isSaved(handleA) || (await a.saved(handleA)))
  await close()
})

test("edits of text go both ways", async () => {
  const { handleA, handleB, close } = await pair("preferences")
  append(handleA, "place_of_care_detail", " The bed is by the window.")
  await until("B reads A", () => handleB.doc().fields.place_of_care_detail.includes("by the window"))
  append(handleB, "place_of_care_detail", " The dog stays with her.")
  await until("A reads B", () => handleA.doc().fields.place_of_care_detail.includes("The dog stays"))
  await close()
})

test("two people type into the same text at once and both keep their words", async () => {
  const { handleA, handleB, close } = await pair("preferences")
  prepend(handleA, "place_of_care_detail", "First: ask Efua. ")
  append(handleB, "place_of_care_detail", " Last: ring the hospice.")
  await converged(handleA, handleB)
  const text = handleA.doc().fields.place_of_care_detail
  assert.ok(text.startsWith("First: ask Efua. "), text)
  assert.ok(text.endsWith(" Last: ring the hospice."), text)
  await close()
})

test("scalar values travel as what they are", async () => {
  const { handleA, handleB, close } = await pair("preferences")
  handleA.change(doc => {
    doc.fields.preferred_place_of_care = new ImmutableString("hospice")
    doc.fields.advance_statement_kept_at = new ImmutableString("In the blue folder on the fridge")
  })
  await converged(handleA, handleB)
  assert.equal(String(handleB.doc().fields.preferred_place_of_care), "hospice")
  handleB.change(doc => {
    delete doc.fields.advance_statement_kept_at
  })
  await until("A sees it cleared", () => handleA.doc().fields.advance_statement_kept_at === undefined)
  await close()
})

test("two people who set one value at once end with the same value, and the other one is kept", async () => {
  const { documentId, handleA, handleB, a, b, close } = await pair("preferences")
  // Setting what is there already is no change, so both choose something new.
  const now = String(handleA.doc().fields.preferred_place_of_care)
  const [one, two] = ["own-home", "care-home", "hospice"].filter(code => code !== now)
  handleA.change(doc => (doc.fields.preferred_place_of_care = new ImmutableString(one)))
  handleB.change(doc => (doc.fields.preferred_place_of_care = new ImmutableString(two)))
  await converged(handleA, handleB)
  assert.equal(String(handleA.doc().fields.preferred_place_of_care), String(handleB.doc().fields.preferred_place_of_care))
  assert.equal(handleA.heads().length, 2, "neither edit has seen the other")
  await Promise.all([a.saved(handleA), b.saved(handleB)])
  assert.deepEqual(storedHeads(server, documentId).sort(), [...handleA.heads()].sort())
  await close()
})

test("items added to one list at once are all there, and a removed one keeps its reason", async () => {
  const { handleA, handleB, close } = await pair("contacts")
  const contact = (name, phone) => ({
    order: 100,
    name: new ImmutableString(name),
    phone: new ImmutableString(phone),
    next_of_kin: true,
    call_order: 2,
  })
  handleA.change(doc => (doc.fields.personal_contacts["from-a"] = contact("Abena Owusu", "01632 960001")))
  handleB.change(doc => (doc.fields.personal_contacts["from-b"] = contact("Kwame Owusu", "01632 960002")))
  await converged(handleA, handleB)
  for (const handle of [handleA, handleB]) {
    assert.equal(String(handle.doc().fields.personal_contacts["from-a"].name), "Abena Owusu")
    assert.equal(String(handle.doc().fields.personal_contacts["from-b"].phone), "01632 960002")
  }
  handleB.change(doc => (doc.fields.personal_contacts["from-a"].removed = new ImmutableString("Moved abroad")))
  await until("A sees why", () => String(handleA.doc().fields.personal_contacts["from-a"].removed) === "Moved abroad")
  await close()
})

test("both edit without a signal, and on return nothing is lost", async () => {
  const { documentId, a, b, handleA, handleB, close } = await pair("preferences")
  await Promise.all([a.saved(handleA), b.saved(handleB)])
  a.goOffline()
  b.goOffline()
  for (let n = 0; n < 20; n++) {
    append(handleA, "place_of_care_detail", ` [A${n}]`)
    prepend(handleB, "place_of_death_detail", `[B${n}] `)
  }
  append(handleB, "place_of_care_detail", " [B]")
  handleA.change(doc => (doc.fields.advance_statement = new ImmutableString("816281000000101")))
  assert.equal(a.isSaved(handleA), false, "nothing may look saved that is only on this device")

  await Promise.all([a.goOnline(), b.goOnline()])
  await converged(handleA, handleB)
  await Promise.all([a.saved(handleA), b.saved(handleB)])
  const { fields } = handleB.doc()
  for (let n = 0; n < 20; n++) {
    assert.ok(fields.place_of_care_detail.includes(`[A${n}]`), `A${n} is lost`)
    assert.ok(fields.place_of_death_detail.includes(`[B${n}]`), `B${n} is lost`)
  }
  assert.ok(fields.place_of_care_detail.includes("[B]"))
  assert.equal(String(fields.advance_statement), "816281000000101")
  assert.deepEqual(storedHeads(server, documentId).sort(), [...handleA.heads()].sort())
  await close()
})

test("one who comes back after many edits of others gets them all", async () => {
  const { a, b, handleA, handleB, close } = await pair("preferences")
  b.goOffline()
  for (let n = 0; n < 60; n++) append(handleA, "place_of_care_detail", ` (${n})`)
  await a.saved(handleA)
  await b.goOnline()
  await converged(handleA, handleB)
  assert.ok(handleB.doc().fields.place_of_care_detail.includes("(59)"))
  await close()
})
