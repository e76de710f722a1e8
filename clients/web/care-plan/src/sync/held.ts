import type { DeviceStore, Standing } from '../device';
import type { OpenRepo } from './repo';
import { SectionDocument } from './sectionDocument';

/** How long a document may take to be read from this device. */
const READ_MS_MAX = 3_000;

/**
 * Opens the sections of a plan in which something waits on this device, read without the server; not those of `already`, by
 * their addresses, which the page has open or may have.
 */
export async function openHeld(
  device: DeviceStore,
  plan: string,
  theRepo: () => Promise<OpenRepo>,
  already: ReadonlySet<string> = new Set(),
): Promise<SectionDocument[]> {
  const waiting = [...(await device.standingsOf(plan))].filter(
    ([url, standing]) => standing.waiting > 0 && !already.has(url),
  );
  if (waiting.length === 0) return [];
  const opened = await theRepo();
  const documents = waiting.map((held) => documentOf(device, plan, opened, held));
  await Promise.all(documents.map(read));
  return documents;
}

/**
 * Deletes the documents of a plan from this device, but for those of `staying`, by their addresses; those too that the
 * page's repo has open: it would write to the device what it still knows of them.
 */
export async function forgetHeld(
  device: DeviceStore,
  plan: string,
  opened: OpenRepo,
  staying: ReadonlySet<string> = new Set(),
): Promise<void> {
  const held = [...(await device.standingsOf(plan))]
    .filter(([url]) => !staying.has(url))
    .map((one) => documentOf(device, plan, opened, one));
  await Promise.all(held.map((document) => document.forget()));
}

function documentOf(
  device: DeviceStore,
  plan: string,
  opened: OpenRepo,
  [url, { section = '', title = 'A section' }]: [string, Standing],
): SectionDocument {
  return new SectionDocument({ plan, section, title, url, writable: true }, { ...opened, device });
}

async function read(document: SectionDocument): Promise<void> {
  await document.open();
  await new Promise<void>((done) => {
    const timer = setTimeout(done, READ_MS_MAX);
    const look = () => {
      if (document.state.value.phase === 'loading') return;
      clearTimeout(timer);
      end();
      done();
    };
    const end = document.state.subscribe(look);
    look();
  });
}
