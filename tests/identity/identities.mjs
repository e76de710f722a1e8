// Whom the test provider knows. All invented; the people and the organisations are those of the demo world.

const role = (person_roleid, org_code, role_code, name, activity_codes = []) => ({
  person_orgid: `${person_roleid}0`,
  person_roleid,
  org_code,
  role_code,
  role_name: `"Clinical":"Clinical Provision":"${name}"`,
  activity_codes,
});

const ASSURED = { id_assurance_level: '3', authentication_assurance_level: '3' };
const PROVED = { identity_proofing_level: 'P9', vot: 'P9.Cp.Cd' };

export const GP = role('555254242101', 'Z9A01', 'S8000:G8000:R8000', 'General Medical Practitioner');
export const HOSPICE = role('555254242102', 'Z9C01', 'S8000:G8001:R8001', 'Staff Nurse');
const CREW = role('555254242103', 'Z9G01', 'S8003:G8003:R8003', 'Paramedic');
const ELSEWHERE = role('555254242104', 'X26', 'S8000:G8000:R8000', 'General Medical Practitioner');
const CLERK = role('555254242105', 'Z9A01', 'S8010:G8010:R8010', 'Clerk');

/** Everything the test provider says, by who it is. */
export function identities() {
  return {
    doctor: {
      nhsid_useruid: '555021935101',
      name: 'Dr Ada Fernsby',
      gmc_id: '7099901',
      ...ASSURED,
      nhsid_nrbac_roles: [GP],
    },
    'two-roles': {
      nhsid_useruid: '555021935102',
      name: 'Bryn Castellane',
      ...ASSURED,
      nhsid_nrbac_roles: [GP, HOSPICE, ELSEWHERE, CLERK],
    },
    selected: {
      nhsid_useruid: '555021935103',
      name: 'Cleo Marchbanks',
      ...ASSURED,
      authentication_assurance_level: '2',
      selected_roleid: HOSPICE.person_roleid,
      nhsid_nrbac_roles: [GP, HOSPICE],
    },
    paramedic: {
      nhsid_useruid: '555021935104',
      name: 'Dara Okonjo',
      ...ASSURED,
      nhsid_nrbac_roles: [CREW],
    },
    nobody: {
      nhsid_useruid: '555021935105',
      name: 'Ewan Trescothick',
      ...ASSURED,
      nhsid_nrbac_roles: [ELSEWHERE, CLERK],
    },
    unsure: {
      nhsid_useruid: '555021935106',
      name: 'Fay Underhill',
      ...ASSURED,
      id_assurance_level: '2',
      nhsid_nrbac_roles: [GP],
    },
    tunde: { nhs_number: '9990120005', birthdate: '1999-04-17', family_name: 'Adéyẹmí', ...PROVED },
    // Has a plan in the demo world, and no account before the first sign-in.
    edith: { nhs_number: '9990128650', birthdate: '1935-01-22', ...PROVED },
    unproved: {
      nhs_number: '9990120005',
      birthdate: '1999-04-17',
      family_name: 'Adéyẹmí',
      ...PROVED,
      identity_proofing_level: 'P5',
      vot: 'P5.Cp.Cd',
    },
    'other-birthday': { nhs_number: '9990120005', birthdate: '1999-04-18', ...PROVED },
    stranger: { nhs_number: '9990991006', birthdate: '1950-01-01', ...PROVED },
  };
}
