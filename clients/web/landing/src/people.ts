/** Finding somebody in a long list of users. */
import type { User } from './api';

/** Users of one organisation. */
export interface OrganisationOfUsers {
  code: string;
  name: string;
  users: User[];
}

/** The app that is made for this kind of user; `null` while there is none. */
export function appOf(user: User): '/professional/' | '/crew/' | null {
  switch (user.kind) {
    case 'staff':
      return '/professional/';
    case 'crew':
      return '/crew/';
    case 'person':
      return null;
  }
}

/** Users whom all of the typed words fit, by name, role or organisation; accents and case do no harm. */
export function matching(users: User[], typed: string): User[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return users.filter((user) => {
    const text = plain(`${user.name} ${user.job_title} ${user.organisation} ${user.organisation_code}`);
    return words.every((word) => text.includes(word));
  });
}

/** By organisation and then by name, as they are sorted in a British list. */
export function byOrganisation(users: User[]): OrganisationOfUsers[] {
  const organisations = new Map<string, OrganisationOfUsers>();
  for (const user of users) {
    const { organisation_code: code, organisation: name } = user;
    const of = organisations.get(code) ?? { code, name, users: [] };
    organisations.set(code, { ...of, users: [...of.users, user] });
  }
  return [...organisations.values()]
    .map((of) => ({ ...of, users: of.users.toSorted((a, b) => order.compare(surname(a), surname(b))) }))
    .toSorted((a, b) => order.compare(a.name, b.name));
}

const order = new Intl.Collator('en-GB');

function surname({ name }: User): string {
  return `${name.split(' ').at(-1)} ${name}`;
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
