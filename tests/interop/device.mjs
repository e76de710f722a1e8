// A device for one test: opens a section, loses its signal, edits, keeps the edit on its disk, and waits to be killed.
//
// node device.mjs <server's address> <user> <document url> <storage folder>

import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"
import { updateText } from "@automerge/automerge-repo"
import { Client } from "./client.mjs"
import { Server } from "./server.mjs"

const [origin, user, url, storage] = process.argv.slice(2)
const server = Object.assign(new Server(), { origin })
const client = await Client.online(server, user, { storage: new NodeFSStorageAdapter(storage) })
const handle = await client.open(url)
await client.saved(handle)
client.goOffline()
handle.change(doc => {
  const path = ["fields", "place_of_care_detail"]
  updateText(doc, path, `${doc.fields.place_of_care_detail} And this was typed in a lift.`)
})
await client.repo.flush()
console.log("kept on this device")
setInterval(() => {}, 60_000)
