import type { DeviceStore } from '../device';
import type { OpenRepo } from './repo';
import { SectionDocument } from './sectionDocument';

/** How long a document may take to be read from this device. */
const READ_MS_MAX = 3_000;

/** Opens the sections of a plan in which something waits on this device, read without the server. */
export async function openHeld(
  device: DeviceStore,
  plan: string,
  theRepo: () => Promise<OpenRepo>,
): Promise<SectionDocument[]> {
  const waiting = [...(await device.standingsOf(plan))].filter(([, standing]) => standing.waiting > 0);
  if (waiting.length === 0) return [];
  const opened = await theRepo();
  const documents = waiting.map(
    ([url, { section = '', title = 'A section' }]) =>
      new SectionDocument({ plan, section, title, url, writable: true }, { ...opened, device }),
  );
  await Promise.all(documents.map(read));
  return documents;
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
