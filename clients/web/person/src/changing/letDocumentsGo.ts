import type { DeviceStore } from '@coplan/care-plan/device';
import { forgetHeld, openHeld } from '@coplan/care-plan/sync';
import { theRepo } from './repo';

/** The hub asks for what somebody typed who may not read any more, for a colleague to salvage; so long it has for that. */
const HANDING_OVER_MS = 2_000;

/**
 * Takes what was typed in a plan and never sent out of its documents, and deletes them; not those of `staying`, by their
 * addresses.
 */
export async function letDocumentsGo(
  device: DeviceStore,
  plan: string,
  staying: ReadonlySet<string> = new Set(),
): Promise<void> {
  const opened = await theRepo(device.user);
  const waiting = await openHeld(device, plan, () => Promise.resolve(opened), staying);
  const unsent = waiting.filter((document) => document.unsent().length > 0);
  for (const document of unsent) {
    const words = document
      .unsent()
      .map(({ text }) => text)
      .join('\n\n');
    const at = new Date().toISOString();
    if (words.trim() !== '')
      await device.keepWords({ id: crypto.randomUUID(), plan, title: document.title, words, at });
  }
  if (unsent.length > 0) await new Promise((resume) => setTimeout(resume, HANDING_OVER_MS));
  await Promise.all(waiting.map((document) => document.forget()));
  await forgetHeld(device, plan, opened, staying);
}
