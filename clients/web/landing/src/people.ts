/** Finding somebody in a long list of users, and the app that is made for them. */
import type { RoleHeld, User } from './api';

/** Users of one organisation. */
export interface OrganisationOfUsers {
  code: string;
  name: string;
  users: User[];
}

/** The app of one kind of user. */
export type App = '/professional/' | '/crew/' | '/person/';

/** The app that is made for this kind of user. */
export function appOf(user: Pick<User, 'kind'>): App {
  switch (user.kind) {
    case 'staff':
      return '/professional/';
    case 'crew':
      return '/crew/';
    case 'person':
      return '/person/';
  }
}

/** What one is in this role: "Consultant", "Myself". */
export function roleTitle({ role, job_title }: Pick<RoleHeld, 'role' | 'job_title'>): string {
  if (role === 'person') return 'Myself: my own plan';
  if (role === 'proxy') return 'Somebody I act for';
  return job_title;
}

/** Where: the organisation; for people, nothing. */
export function rolePlace({
  role,
  job_title,
  organisation_name,
}: Pick<RoleHeld, 'role' | 'job_title' | 'organisation_name'>): string {
  if (role === 'person') return '';
  return role === 'proxy' ? job_title : organisation_name;
}

/** Somebody in a line: "Dr Ruth Adler, General practitioner, Marsh Lane Surgery". */
export function userWords({ job_title, organisation }: User): string {
  return [job_title, organisation].filter(Boolean).join(', ');
}

/** Users whom all of the typed words fit, by name, role or organisation; accents and case do no harm. */
export function matching(users: User[], typed: string): User[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return users.filter((user) => {
    const text = plain(
      [user.name, user.job_title, user.organisation, user.organisation_code].filter(Boolean).join(' '),
    );
    return words.every((word) => text.includes(word));
  });
}

/** By organisation and then by name, as they are sorted in a British list. People without one stand last. */
export function byOrganisation(users: User[]): OrganisationOfUsers[] {
  const organisations = new Map<string, OrganisationOfUsers>();
  for (const user of users) {
    const isPerson = user.kind === 'person';
    const code = isPerson ? '' : (user.organisation_code ?? '');
    const name = isPerson ? PEOPLE : (user.organisation ?? '');
    const of = organisations.get(code) ?? { code, name, users: [] };
    organisations.set(code, { ...of, users: [...of.users, user] });
  }
  return [...organisations.values()]
    .map((of) => ({ ...of, users: of.users.toSorted((a, b) => order.compare(surname(a), surname(b))) }))
    .toSorted(
      (a, b) => Number(a.name === PEOPLE) - Number(b.name === PEOPLE) || order.compare(a.name, b.name),
    );
}

const PEOPLE = 'People and those who act for them';
const order = new Intl.Collator('en-GB');

function surname({ name }: User): string {
  return `${name.split(' ').at(-1)} ${name}`;
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
