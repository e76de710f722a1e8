// The server's database, read from outside by the sqlite3 program: what stands here is what a power cut leaves.

import { execFileSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { encodeHeads } from "@automerge/automerge-repo"

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024
const HASH_HEX_CHARS = 64

/** Heads of a document according to its stored change log, as automerge-repo writes heads. */
export function storedHeads(server, documentId) {
  const rows = query(server, `select lower(hex(hash)) h, lower(hex(deps)) d from change where document = '${documentId}'`)
  const followed = new Set(rows.flatMap(row => row.d.match(new RegExp(`.{${HASH_HEX_CHARS}}`, "g")) ?? []))
  return encodeHeads(rows.map(row => row.h).filter(hash => !followed.has(hash)))
}

/** Whether a change stands in the change log. */
export function isStored(server, hash) {
  return query(server, `select 1 from change where lower(hex(hash)) = '${hash}'`).length > 0
}

/** Whether a change stands in quarantine. */
export function isQuarantined(server, hash) {
  return query(server, `select 1 from quarantine where lower(hex(hash)) = '${hash}'`).length > 0
}

/** Whether the server knows anything of a document. */
export function isKnown(server, documentId) {
  const tables = ["document where id", "change where document", "quarantine where document"]
  return tables.some(table => query(server, `select 1 from ${table} = '${documentId}' limit 1`).length > 0)
}

function query(server, sql) {
  const output = execFileSync("sqlite3", ["-readonly", "-json", "-cmd", ".timeout 5000", databaseFile(server), sql], {
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
  })
  return output.trim() === "" ? [] : JSON.parse(output)
}

function databaseFile(server) {
  const file = readdirSync(server.data).find(name => /\.(sqlite3?|db)$/.test(name))
  if (file === undefined) throw new Error(`no database in ${readdirSync(server.data).join(", ")}`)
  return join(server.data, file)
}
