/** The one repo of this page. */
import { type OpenRepo, openRepo } from '@coplan/care-plan/sync';
import { ask, type Me, paths } from '../api';

let repo: Promise<OpenRepo> | undefined;

/** Opens the repo of whoever is signed in: this is where Automerge is fetched. */
export function theRepo(user: string): Promise<OpenRepo> {
  repo ??= openRepo(user, () => sessionStands(user)).catch((problem: unknown) => {
    // It may be there the next time that it is asked for.
    repo = undefined;
    throw problem;
  });
  return repo;
}

/** Whether the session still stands; rejects if the service cannot be reached. Somebody else's is another's page. */
async function sessionStands(user: string): Promise<boolean> {
  const answer = await ask<Me>(paths.me);
  if (answer.ok) {
    if (answer.value.user.id !== user) location.assign('/person/');
    return true;
  }
  if (answer.trouble === 'no-answer') throw new Error('the service does not answer');
  return false;
}
