import { useEffect, useState } from 'preact/hooks';
import type { Plan } from '../api';
import { changePath } from '../changePath';
import { useDevice } from '../device';

interface Waiting {
  /** Where it is written. */
  href: string;
  title: string;
  changes: number;
}

/** What was written on this device and has not been sent yet: it goes out as soon as its page is opened. */
export function WaitingLine({ plan }: { plan: Plan }) {
  const device = useDevice();
  const [waiting, setWaiting] = useState<Waiting[]>([]);
  useEffect(() => {
    let here = true;
    void device.standingsOf(plan.id).then((standings) => {
      const found = [...standings.values()].flatMap(({ section, title = '', waiting: changes }) => {
        const change = changes > 0 ? changePath(plan, section ?? '') : undefined;
        return change ? [{ href: change(), title, changes }] : [];
      });
      if (here) setWaiting(found);
    });
    return () => {
      here = false;
    };
  }, [device, plan]);
  if (waiting.length === 0) return null;
  return (
    <div class="panel waiting">
      {waiting.map(({ href, title, changes }) => (
        <p key={href}>
          <strong>
            {changes === 1 ? '1 change' : `${changes} changes`} in “{title}”{' '}
            {changes === 1 ? 'waits' : 'wait'} on this device.
          </strong>{' '}
          Your words are kept. <a href={href}>Open it to send them</a>
        </p>
      ))}
    </div>
  );
}
