/** Who did something, and when: how it is told. */
import { formatMoment } from './format';

/** Who did something, as the server's session knew them then. */
export interface Author {
  user: string;
  name: string;
  role: string;
  job_title: string;
  organisation: string;
  registration?: string | null;
  senior?: boolean;
}

/** Who somebody is: "Dr Aisha Bello, Consultant, St Elsewhere Hospice". */
export function authorWords(author: Pick<Author, 'name' | 'job_title' | 'organisation'>): string {
  return [author.name, author.job_title, author.organisation].filter(Boolean).join(', ');
}

/** The same with the registration, where a signature counts. */
export function signatureWords(author: Author): string {
  return author.registration ? `${authorWords(author)} (${author.registration})` : authorWords(author);
}

/** Two clocks that differ by more than this are both told. */
const CLOCKS_APART_MS = 2 * 60_000;

/** When something reached the server, and when it was made on the device if that was another time. */
export function timesWords(at: string, deviceAt: string | null | undefined): string {
  const apart = deviceAt ? Math.abs(Date.parse(at) - Date.parse(deviceAt)) : 0;
  return apart > CLOCKS_APART_MS && deviceAt
    ? `${formatMoment(deviceAt)} on their device, received ${formatMoment(at)}`
    : formatMoment(at);
}
