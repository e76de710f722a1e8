import type { DeviceStore } from '@coplan/care-plan/device';
import { openHeld } from '@coplan/care-plan/sync';
import { theRepo } from './repo';

/** Takes what was typed in a plan and never sent out of its documents, before they are deleted. */
export async function keepWordsOf(device: DeviceStore, plan: string): Promise<void> {
  for (const document of await openHeld(device, plan, () => theRepo(device.user))) {
    const words = document
      .unsent()
      .map(({ text }) => text)
      .join('\n\n');
    const at = new Date().toISOString();
    if (words.trim() !== '')
      await device.keepWords({ id: crypto.randomUUID(), plan, title: document.title, words, at });
  }
}
