/** What a sign-in that did not come about is told to the one who tried: a sentence, and what to do. The cause is in the log. */
export interface Trouble {
  what: string;
  todo: string;
}

const TROUBLES: Record<string, Trouble> = {
  'sign-in-failed': {
    what: 'You are not signed in. Something went wrong on the way.',
    todo: 'Try again. If it happens again, tell your IT service desk or your practice, and say when it was.',
  },
  'proofing-too-low': {
    what: 'You are not signed in. Your NHS login has not proved who you are yet.',
    todo: 'In NHS login, finish proving your identity with photo ID. Then come back and sign in again.',
  },
  'no-account': {
    what: 'You are not signed in. Coplan does not know you yet.',
    todo: 'Ask the person who looks after Coplan in your organisation to add you.',
  },
  'no-role': {
    what: 'You are not signed in. You hold no role here with which a plan can be opened.',
    todo: 'Ask the person who looks after roles and smartcards in your organisation.',
  },
  'launch-failed': {
    what: 'You are not signed in. Coplan could not be opened from the other record.',
    todo: 'Go back to that record and open Coplan from there again. If it happens again, tell your IT service desk.',
  },
  expired: {
    what: 'You are not signed in. It took too long, or the link was used before.',
    todo: 'Start again from here, or open Coplan again from the record that you came from.',
  },
};

/** The words for a code; `null` without one. A code that is not known is told as a sign-in that failed. */
export function troubleOf(search: string): Trouble | null {
  const code = new URLSearchParams(search).get('trouble');
  if (code === null) return null;
  return (Object.hasOwn(TROUBLES, code) && TROUBLES[code]) || (TROUBLES['sign-in-failed'] as Trouble);
}

/** Where to go on after signing in, if it is a page of this service. */
export function returnOf(search: string): string | null {
  const to = new URLSearchParams(search).get('return');
  return to !== null && /^\/(professional|crew|person|oauth\/allow)\/[\w\-/]*$/.test(to) ? to : null;
}
