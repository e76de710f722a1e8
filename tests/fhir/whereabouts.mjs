// Where a person of the demo world lives, and whose plan does not say it in somebody's own words.

/** Words that say where somebody lives, of the demographics feed. */
export const whereabouts = (said) => [said.addresses[0].lines[0], said.addresses[0].postcode, said.telecom[0].value, said.gp_practice.name];

/** The first plan in which nobody names the person's practice in words of their own, which nothing takes for whereabouts. */
export async function whoseWhereaboutsNobodyTells(world, among) {
  const texts = new Map((await world.published()).map(({ plan, text }) => [plan, JSON.parse(text)]));
  const people = await world.people();
  for (const plan of among) {
    const { said } = people.get(plan);
    const answers = texts.get(plan)?.entry.filter(({ resource }) => resource.resourceType === 'QuestionnaireResponse');
    if (said.addresses && answers && !JSON.stringify(answers).includes(said.gp_practice.name)) return plan;
  }
  throw new Error('there is no such plan');
}
