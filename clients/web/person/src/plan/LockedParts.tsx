import type { Whose } from '../whose';
import type { Locked } from './locked';

/** What staff can see and the reader cannot: that it exists, why it is locked, and whom to ask. */
export function LockedParts({ of, whose }: { of: Locked[]; whose: Whose }) {
  const staff = of.filter(({ why }) => why === 'staff');
  const later = of.filter(({ why }) => why === 'not-yet');
  if (of.length === 0) return null;
  return (
    <section class="panel locked" aria-labelledby="not-shown">
      <h2 id="not-shown">What you do not see here</h2>
      {staff.length > 0 && (
        <>
          <p>
            These parts are for staff only. They may hold notes that keep people safe on a visit, or notes
            about somebody else.
          </p>
          <Titles of={staff} why="For staff only" />
        </>
      )}
      {later.length > 0 && (
        <>
          <p>Staff may be writing in these parts. Nothing in them has been published for you yet.</p>
          <Titles of={later} why="Not published yet" />
        </>
      )}
      <p>
        You have a right to ask what they say{whose.own ? ' about you' : ''}. Ask your care team, or the
        practice manager of the GP surgery.
      </p>
    </section>
  );
}

function Titles({ of, why }: { of: Locked[]; why: string }) {
  return (
    <ul class="locked__parts">
      {of.map(({ section, title }) => (
        <li key={section}>
          <LockMark />
          <strong>{title}</strong> <span class="quiet">{why}</span>
        </li>
      ))}
    </ul>
  );
}

function LockMark() {
  return (
    <svg class="locked__mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M7 10V7a5 5 0 0 1 10 0v3" fill="none" stroke="currentColor" stroke-width="2.5" />
      <rect x="4" y="10" width="16" height="11" rx="2" />
    </svg>
  );
}
