/** Letting go of a plan that may not be read any more: nothing of it stays, but what its writer typed and never sent. */
import type { DeviceStore, KeptWords } from '@coplan/care-plan/device';
import { useEffect, useState } from 'preact/hooks';
import { useDevice } from './device';

/**
 * Deletes what the device keeps of a plan once it is lost, and gives the writer's own words, which are kept for 7 days.
 */
export function useLost(plan: string, lost: boolean): { words: KeptWords[]; forget: (id: string) => void } {
  const device = useDevice();
  const [words, setWords] = useState<KeptWords[]>([]);
  useEffect(() => {
    if (!lost) return setWords([]);
    let here = true;
    void letGo(device, plan).then((kept) => here && setWords(kept));
    return () => {
      here = false;
    };
  }, [lost, device, plan]);
  const forget = (id: string) => {
    setWords((all) => all.filter((one) => one.id !== id));
    void device.forgetWords(id);
  };
  return { words, forget };
}

/** Automerge is fetched only where this device has documents of the plan. */
async function letGo(device: DeviceStore, plan: string): Promise<KeptWords[]> {
  if ((await device.standingsOf(plan)).size > 0) {
    const { letDocumentsGo } = await import('./changing/letDocumentsGo');
    await letDocumentsGo(device, plan);
  }
  await device.forgetPlan(plan);
  return (await device.words(Date.now())).filter((one) => one.plan === plan);
}
