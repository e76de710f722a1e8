// Whom the crew's tests read: published plans of the demo world, found by what they hold, so that no test knows names.

import { signIn, users } from '../interop/session.mjs';

/** What a crew of the demo world can read. */
export class CrewCast {
  /** Ids of two members of ambulance crews. */
  crew;
  /** Every published urgent view. */
  views;

  static async of(server) {
    const cast = new CrewCast();
    cast.crew = (await users(server)).filter((user) => user.kind === 'crew').map((user) => user.id);
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

  /** A plan whose only signed section is this one. */
  withOnly(section) {
    const signed = (view) => view.sections.filter((one) => one.sign_off !== 'none').map((one) => one.section);
    return this.views.find((view) => signed(view).join() === section);
  }

  /** A plan in which people disagree about a value. */
  disputed() {
    return this.views.find((view) => JSON.stringify(view).includes('"disputed":true'));
  }

  /** A plan without any signed section. */
  withoutCrisisPlan() {
    return this.views.find((view) => view.sections.every((one) => one.sign_off === 'none'));
  }
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
