/**
 * Letting go of a plan, or of parts of it, that may not be read any more: nothing of it stays, but what its writer typed and
 * never sent.
 */
import type { DeviceStore, KeptWords } from '@coplan/care-plan/device';
import { useEffect, useState } from 'preact/hooks';
import type { Plan } from './api';
import { useDevice } from './device';
import { type Asked, isOver } from './useAsked';

/**
 * Deletes what the device keeps of a plan that is lost, or of its parts that the reader writes no more, and gives the
 * writer's own words, which are kept for 7 days.
 */
export function useLost(
  plan: string,
  asked: Asked<Plan>,
): { words: KeptWords[]; forget: (id: string) => void } {
  const device = useDevice();
  const [words, setWords] = useState<KeptWords[]>([]);
  useEffect(() => {
    const lettingGo = letGo(device, plan, asked);
    if (!lettingGo) return setWords([]);
    let here = true;
    void lettingGo.then(() => wordsOf(device, plan)).then((kept) => here && setWords(kept));
    return () => {
      here = false;
    };
  }, [asked, device, plan]);
  const forget = (id: string) => {
    setWords((all) => all.filter((one) => one.id !== id));
    void device.forgetWords(id);
  };
  return { words, forget };
}

/** Nothing is let go of before the service has said what may still be read. */
function letGo(device: DeviceStore, plan: string, asked: Asked<Plan>): Promise<void> | undefined {
  if (asked.at === 'there') return letPartsGo(device, asked.value);
  return asked.at === 'trouble' && isOver(asked.trouble) ? letPlanGo(device, plan) : undefined;
}

async function letPlanGo(device: DeviceStore, plan: string): Promise<void> {
  await letDocumentsGo(device, plan, new Set());
  await device.forgetPlan(plan);
}

/** What is not listed to be written may be kept from the reader: it is not for this device either. */
async function letPartsGo(device: DeviceStore, { id, sections }: Plan): Promise<void> {
  const written = sections.filter(({ access }) => access === 'write');
  await letDocumentsGo(device, id, new Set(written.map(({ url }) => url)));
}

/** Automerge is fetched only where this device has documents to let go of. */
async function letDocumentsGo(
  device: DeviceStore,
  plan: string,
  staying: ReadonlySet<string>,
): Promise<void> {
  turn = turn.then(async () => {
    const held = [...(await device.standingsOf(plan)).keys()].filter((url) => !staying.has(url));
    if (held.length === 0) return;
    try {
      const changing = await import('./changing/letDocumentsGo');
      await changing.letDocumentsGo(device, plan, staying);
    } catch {
      // Without the means to read them, the words in them cannot be taken out; the documents go all the same.
      await Promise.all(held.map((url) => device.forgetDocument(url)));
    }
  });
  await turn;
}

/** One after the other: two at once would keep the same words twice. */
let turn = Promise.resolve();

async function wordsOf(device: DeviceStore, plan: string): Promise<KeptWords[]> {
  return (await device.words(Date.now())).filter((one) => one.plan === plan);
}
