/** The device's time, renewed often enough for ages in minutes: `const deviceMs = useNow();` */
import { useEffect, useState } from 'preact/hooks';

const RENEW_MS = 20_000;

/** Also renewed when the page comes back to the front: a phone that slept shows no old age. */
export function useNow(): number {
  const [, renewed] = useState(0);
  useEffect(() => {
    const renew = () => renewed(Date.now());
    const timer = setInterval(renew, RENEW_MS);
    document.addEventListener('visibilitychange', renew);
    addEventListener('beforeprint', renew);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', renew);
      removeEventListener('beforeprint', renew);
    };
  }, []);
  return Date.now();
}
