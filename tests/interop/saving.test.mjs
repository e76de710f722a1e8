// "Saved" on the screen means saved in the database: looked up in the file, from outside, at that moment.

import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { after, before, test } from "node:test"
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"
import { updateText } from "@automerge/automerge-repo"
import { Cast } from "./cast.mjs"
import { Client, converged } from "./client.mjs"
import { storedHeads } from "./database.mjs"
import { Server } from "./server.mjs"
import { until } from "./until.mjs"

const FIELD = "place_of_care_detail"
let server, cast, writer, colleague

/** A folder for a device's storage. It goes with the process: a repo may still write its sync state after it is closed. */
function deviceFolder() {
  const folder = mkdtempSync(join(tmpdir(), "coplan-device-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

before(async () => {
  server = await Server.start()
  cast = await Cast.of(server)
  ;[writer, colleague] = cast.writers("preferences")
})
after(() => server.stop())

function append(handle, words) {
  handle.change(doc => updateText(doc, ["fields", FIELD], doc.fields[FIELD] + words))
}

test("whenever a device says saved, the database holds exactly its heads", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const client = await Client.online(server, writer)
  const handle = await client.open(url)
  for (let n = 0; n < 15; n++) {
    append(handle, ` ${n}`)
    assert.equal(client.isSaved(handle), false, "an edit cannot be saved before it has left")
    await client.saved(handle)
    assert.deepEqual(storedHeads(server, documentId).sort(), [...handle.heads()].sort())
  }
  await client.close()
})

test("the hub names one lasting storage, so that devices remember what it holds", async () => {
  const [a, b] = await Promise.all([Client.online(server, writer), Client.online(server, colleague)])
  assert.match(a.hub.storageId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(a.hub.isEphemeral, false)
  assert.equal(a.hub.storageId, b.hub.storageId)
  await Promise.all([a.close(), b.close()])
})

test("what was saved survives kill -9 of the server, and devices go on where they were", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const [a, b] = await Promise.all([Client.online(server, writer), Client.online(server, colleague)])
  const [handleA, handleB] = await Promise.all([a.open(url), b.open(url)])
  const storage = a.hub.storageId
  append(handleA, " Before the power cut.")
  await a.saved(handleA)
  const saved = handleA.heads()
  await server.kill()
  assert.deepEqual(storedHeads(server, documentId).sort(), [...saved].sort())

  a.goOffline()
  b.goOffline()
  append(handleA, " During it.")
  await server.startAgain()
  await Promise.all([a.goOnline(), b.goOnline()])
  assert.equal(a.hub.storageId, storage)
  await a.saved(handleA)
  await converged(handleA, handleB)
  assert.match(handleB.doc().fields[FIELD], /Before the power cut\. During it\./)
  await Promise.all([a.close(), b.close()])
})

test("a device that is killed with unsent edits sends them when it is started again", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const storage = deviceFolder()
  const device = spawn(process.execPath, [resolve(import.meta.dirname, "device.mjs"), server.origin, writer, url, storage], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  let said = ""
  device.stdout.on("data", text => (said += text))
  await until("the device has kept its edit", () => said.includes("kept on this device"))
  device.kill("SIGKILL")
  await until("the device is gone", () => device.signalCode === "SIGKILL")

  const b = await Client.online(server, colleague)
  const handleB = await b.open(url)
  assert.doesNotMatch(handleB.doc().fields[FIELD], /typed in a lift/)
  const a = await Client.online(server, writer, { storage: new NodeFSStorageAdapter(storage) })
  const handleA = await a.open(url)
  assert.match(handleA.doc().fields[FIELD], /typed in a lift/)
  await a.saved(handleA)
  await converged(handleA, handleB)
  assert.match(handleB.doc().fields[FIELD], /typed in a lift/)
  assert.deepEqual(storedHeads(server, documentId).sort(), [...handleA.heads()].sort())
  await Promise.all([a.close(), b.close()])
})

test("a device that comes back with what it had follows others from then on", async () => {
  const { url } = await cast.document("preferences", writer)
  const folder = deviceFolder()
  const b = await Client.online(server, colleague)
  const handleB = await b.open(url)
  for (const words of [" First visit.", " Second visit.", " Third visit."]) {
    const a = await Client.online(server, writer, { storage: new NodeFSStorageAdapter(folder) })
    const handleA = await a.open(url)
    await a.saved(handleA)
    append(handleB, words)
    await until("A reads B", () => handleA.doc().fields[FIELD].endsWith(words))
    await a.saved(handleA)
    await a.close()
    append(handleB, " While A was away.")
    await b.saved(handleB)
  }
  await b.close()
})

test("many devices typing at once are all saved, each edit once", async () => {
  const { url, documentId } = await cast.document("preferences", writer)
  const clients = await Promise.all([0, 1, 2, 3, 4, 5].map(n => Client.online(server, n % 2 ? writer : colleague)))
  const handles = await Promise.all(clients.map(client => client.open(url)))
  for (let round = 0; round < 10; round++) handles.forEach((handle, n) => append(handle, ` <${n}.${round}>`))
  await converged(...handles)
  await Promise.all(clients.map((client, n) => client.saved(handles[n])))
  const text = handles[0].doc().fields[FIELD]
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < handles.length; n++) assert.equal(text.split(`<${n}.${round}>`).length, 2, `<${n}.${round}>`)
  }
  assert.deepEqual(storedHeads(server, documentId).sort(), [...handles[0].heads()].sort())
  await Promise.all(clients.map(client => client.close()))
})
