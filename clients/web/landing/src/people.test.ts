import { describe, expect, it } from 'vitest';
import type { User } from './api';
import { appOf, byOrganisation, matching } from './people';

const users: User[] = [
  user('Siân Llewellyn', 'Specialist nurse', 'St Elsewhere'),
  user('Dr Ruth Adler', 'General practitioner', 'Marsh Lane Surgery'),
  user('Priya Raghunathan', 'Practice nurse', 'Marsh Lane Surgery'),
  { ...user('Kay Mbeki', 'Paramedic', 'Thamesmouth Ambulance'), kind: 'crew' },
];

describe('somebody to sign in as', () => {
  it.each([
    ['', 4],
    ['sian', 1],
    ['NURSE', 2],
    ['nurse marsh', 1],
    ['  marsh   lane ', 2],
    ['nobody', 0],
  ])('is found by %j: %i', (typed, found) => {
    expect(matching(users, typed)).toHaveLength(found);
  });

  it('stands_under_their_organisation_in_order_of_surname', () => {
    expect(byOrganisation(users).map(({ name, users: of }) => [name, of.map((one) => one.name)])).toEqual([
      ['Marsh Lane Surgery', ['Dr Ruth Adler', 'Priya Raghunathan']],
      ['St Elsewhere', ['Siân Llewellyn']],
      ['Thamesmouth Ambulance', ['Kay Mbeki']],
    ]);
  });

  it('goes_to_the_app_made_for_them', () => {
    expect(users.map(appOf)).toEqual(['/professional/', '/professional/', '/professional/', '/crew/']);
    expect(appOf({ ...user('Ada Okonkwo', '', ''), kind: 'person' })).toBe('/person/');
  });
});

function user(name: string, job_title: string, organisation: string): User {
  return {
    id: name,
    name,
    kind: 'staff',
    job_title,
    organisation,
    organisation_code: organisation.slice(0, 3),
  };
}
