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
    const kept = lettingGo.then(() => wordsOf(device, plan));
    // What could not be let go of now is let go of at the next answer.
    kept.then((words) => here && setWords(words)).catch(() => undefined);
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
  const left = [...(await device.standingsOf(plan)).values()];
  // Words that could not be taken out would go with it.
  if (left.every(({ waiting }) => waiting === 0)) await device.forgetPlan(plan);
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
  const before = turn.catch(() => undefined);
  turn = before.then(async () => {
    // What was being typed is recorded when its box has gone away.
    await new Promise((resume) => setTimeout(resume));
    const held = [...(await device.standingsOf(plan))].filter(([url]) => !staying.has(url));
    if (held.length === 0) return;
    try {
      const changing = await import('./changing/letDocumentsGo');
      await changing.letDocumentsGo(device, plan, staying);
    } catch {
      // Without the means to read them, words that were never sent cannot be taken out: these wait for the next answer.
      const sent = held.filter(([, { waiting }]) => waiting === 0);
      await Promise.all(sent.map(([url]) => device.forgetDocument(url)));
    }
  });
  await turn;
}

/** One after the other: two at once would keep the same words twice. */
let turn = Promise.resolve();

async function wordsOf(device: DeviceStore, plan: string): Promise<KeptWords[]> {
  return (await device.words(Date.now())).filter((one) => one.plan === plan);
}
