// Waiting for what must become true; the deadline only bounds a failing test.

const DEADLINE_MS = 20_000
const PAUSE_MS = 10

/** Waits until `condition` gives something true, and gives it back; `what` stands in the failure. */
export async function until(what, condition) {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}
