// Plans that only some may open: made by hand, with organisations taken off their team, and what a browser still holds.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { Staff } from './staff.mjs';

/** Codes of organisations: the district nurses', and a hospital that has a privacy officer. */
export const NURSING = 'Z9B01';
export const HOSPITAL = 'Z9D01';

/** A number of the invented range with a right check digit. */
export function inventedNumber() {
  for (;;) {
    const digits = `999${String(randomInt(1_000_000)).padStart(6, '0')}`;
    const sum = [...digits].reduce((all, digit, place) => all + Number(digit) * (10 - place), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check !== 10) return `${digits}${check}`;
  }
}

/** A plan of one person, which a member of staff has begun. */
export class Plan {
  id;
  number;
  /** Ids of its sections' documents. */
  documents;
  /** The same by the section's name. */
  sections;
  #by;

  static async begin(by) {
    const plan = new Plan();
    plan.#by = by;
    plan.number = inventedNumber();
    const answer = await by.context.request.post('/api/plans', {
      data: { nhs_number: plan.number },
    });
    assert.equal(answer.status(), 201, await answer.text());
    const begun = await answer.json();
    plan.id = begun.id;
    const ids = begun.sections.map(({ section, url }) => [section, url.replace('automerge:', '')]);
    plan.sections = Object.fromEntries(ids);
    plan.documents = Object.values(plan.sections);
    return plan;
  }

  /** Takes an organisation off the team. */
  async without(organisation) {
    const path = `/api/plans/${this.id}/team/organisations/${organisation}`;
    assert.equal((await this.#by.context.request.delete(path)).status(), 204);
    return this;
  }

  async keepOut(user, reason) {
    const path = `/api/plans/${this.id}/team/members/${user}`;
    const answer = await this.#by.context.request.put(path, {
      data: { part: 'out', reason },
    });
    assert.equal(answer.status(), 204, await answer.text());
    return this;
  }

  at(page = '') {
    return `/professional/plans/${this.id}${page && `/${page}`}`;
  }
}

/** Everybody who can sign in here. */
export async function everybody(origin) {
  return (await fetch(`${origin}/dev/users`)).json();
}

/** Everything that the app keeps in this browser: what can be read as text, and which documents there are. */
export function heldByBrowser(staff) {
  return staff.page.evaluate(async () => {
    const opened = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const held = { text: JSON.stringify({ ...localStorage }), documents: [] };
    for (const { name } of await indexedDB.databases()) {
      if (!name.startsWith('coplan-')) continue;
      const database = await opened(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const rows = database.transaction(store).objectStore(store);
        if (name.startsWith('coplan-documents-'))
          held.documents.push(...(await opened(rows.getAllKeys())).map(([id]) => id));
        else held.text += JSON.stringify([await opened(rows.getAllKeys()), await opened(rows.getAll())]);
      }
      database.close();
    }
    return held;
  });
}

/** Whether this browser still keeps anything of a plan: a document, an answer about it, or these words of somebody. */
export async function holds(staff, plan, words) {
  const { text, documents } = await heldByBrowser(staff);
  return (
    documents.some((id) => plan.documents.includes(id)) || text.includes(words) || text.includes(plan.number)
  );
}

/** Says why, and opens the plan: on the page that asks for a number, or on one that names the plan already. */
export async function giveReason(staff, { number, reason, words, button }) {
  if (number !== undefined) await staff.page.getByLabel('NHS number').fill(number);
  await staff.page.getByLabel(reason).check();
  if (words !== undefined) await staff.page.locator('#why-words').fill(words);
  await staff.page.getByRole('button', { name: button }).click();
}

/** Breaks the glass for a reason. */
export function breakGlass(staff, number, words) {
  return giveReason(staff, {
    number,
    reason: 'They cannot tell me, and I must treat them now',
    words,
    button: 'Break the glass and open the plan',
  });
}

/** Two members of staff and who they are, signed in. */
export async function signInAll(browser, origin, users) {
  return Promise.all(users.map((user) => Staff.signIn(browser, origin, user)));
}
