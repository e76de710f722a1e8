// Whom the crew's tests read: published plans of the demo world, found by what they hold, so that no test knows names.

import { signIn, users } from '../interop/session.mjs';

/** The ambulance service of the demo world's region; another one is in touch with few of its people. */
const AMBULANCE = 'Z9G01';

/** What a crew of the demo world can read. */
export class CrewCast {
  /** Ids of two members of ambulance crews. */
  crew;
  /** Every published urgent view. */
  views;

  static async of(server) {
    const cast = new CrewCast();
    const isOfCrew = ({ kind, organisation_code }) => kind === 'crew' && organisation_code === AMBULANCE;
    cast.crew = (await users(server)).filter(isOfCrew).map(({ id }) => id);
    const session = await signIn(server, cast.crew[0]);
    cast.views = [];
    for (const { person } of await allPlans(session)) {
      const response = await session.fetch(`/api/urgent?nhs_number=${person.nhs_number}`);
      if (response.ok) cast.views.push(await response.json());
    }
    return cast;
  }

  /** A plan with a signed crisis plan of that section. */
  with(section) {
    return this.views.find((view) => view.sections.some((one) => one.section === section));
  }

  /** A plan in which people disagree about a value. */
  disputed() {
    return this.views.find((view) => JSON.stringify(view).includes('"disputed":true'));
  }

  /** A plan in which two decisions about CPR stand against each other. */
  disputedCpr() {
    return this.views.find((view) => cprOf(view)?.disputed);
  }

  /** A plan with an agreed decision about CPR and one about the focus of care. */
  decided() {
    const decides = (view, kind) =>
      decisionsOf(view).some((field) => field.field === kind && !field.disputed);
    return this.views.find((view) => decides(view, 'cpr') && decides(view, 'focus_of_care'));
  }

  /** A plan in which nobody has decided about CPR. */
  withoutCpr() {
    return this.views.find((view) => !cprOf(view));
  }

  /** A plan without a signed crisis plan, of a pathway or for whatever may happen. */
  withoutCrisisPlan() {
    const known = ['health', 'medicines', 'staff-safety', 'home-access', 'preferences', 'daily-living'];
    const isCrisisPlan = ({ section, sign_off }) => sign_off !== 'none' && !known.includes(section);
    return this.views.find((view) => !view.sections.some(isCrisisPlan));
  }
}

function decisionsOf(view) {
  return view.sections.find((one) => one.section === 'decisions')?.fields ?? [];
}

function cprOf(view) {
  return decisionsOf(view).find((field) => field.field === 'cpr');
}

async function allPlans(session) {
  const all = [];
  for (;;) {
    const after = all.length > 0 ? `&after=${all.at(-1).id}` : '';
    const page = await session.get(`/api/plans?limit=50${after}`);
    all.push(...page);
    if (page.length < 50) return all;
  }
}
