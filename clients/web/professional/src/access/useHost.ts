import { useEffect, useState } from 'preact/hooks';
import { get, paths, type Person, type PlanId } from '../api';

/** What the record that one came from said. */
export interface Launch {
  person: Pick<Person, 'nhs_number' | 'name' | 'born'> | null;
  plan: PlanId | null;
  may_begin: boolean;
  job: string | null;
  host: string;
}

/**
 * The name of the record that the session was opened from, where it was.
 *
 * ```tsx
 * const host = useHost(true);
 * ```
 */
export function useHost(launched: boolean): string | undefined {
  const [host, setHost] = useState<string>();
  useEffect(() => {
    if (!launched) return;
    get(paths.launch).then(
      (body) => setHost((body as Launch).host),
      () => undefined,
    );
  }, [launched]);
  return host;
}
