import { colour, initials, people, useObservable } from '@coplan/care-plan/sync';
import { useState } from 'preact/hooks';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import { AddPathway } from './AddPathway';
import { inGroups, type NavEntry } from './navEntries';

interface SectionNavProps {
  entries: NavEntry[];
  current: NavEntry | undefined;
  onChoose: () => void;
}

/** The id of the box that finds a section. */
export const FIND_ID = 'find-section';

/** The plan's sections in their groups: how each stands, who is in it, and the way to add one. */
export function SectionNav({ entries, current, onChoose }: SectionNavProps) {
  const [sought, setSought] = useState('');
  const found = entries.filter((entry) => matches(entry, sought));
  const groups = inGroups(found);
  return (
    <nav class="plan__nav" aria-label="Sections">
      <label class="nhsuk-u-visually-hidden" for={FIND_ID}>
        Find a section or a field
      </label>
      <input
        class="nhsuk-input quiet-box section-nav__find"
        id={FIND_ID}
        type="search"
        placeholder="Find a section or a field"
        autocomplete="off"
        value={sought}
        onInput={(event) => setSought(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setSought('');
          if (event.key === 'Enter') event.currentTarget.closest('nav')?.querySelector('a')?.click();
        }}
      />
      {found.length === 0 && <p class="quiet">Nothing in this plan is called “{sought}”.</p>}
      {groups.map(({ title, entries: members }) => (
        <section key={title} aria-label={title}>
          {groups.length > 1 && title !== members[0]?.title && (
            <h2 class="section-nav__group" aria-hidden="true">
              {title}
            </h2>
          )}
          <ul class="section-nav">
            {members.map((entry) => (
              <Entry
                key={entry.id}
                entry={entry}
                isCurrent={entry === current}
                sought={sought}
                onChoose={onChoose}
              />
            ))}
          </ul>
        </section>
      ))}
      <AddPathway />
      <PrintLinks />
    </nav>
  );
}

/** The plan on paper, as it was last published. Social care reads a view of its own, which is not printed. */
function PrintLinks() {
  const { plan } = useOpenPlan();
  const { user } = useMe();
  if (plan.version === 0 || user.role === 'social-care') return null;
  const print = `/api/plans/${plan.id}/views/print`;
  return (
    <p>
      <a href={print} target="_blank" rel="noreferrer">
        Print two sides
      </a>
      <br />
      <a href={`${print}?variant=easy-read`} target="_blank" rel="noreferrer">
        Print in easy words
      </a>
    </p>
  );
}

interface EntryProps {
  entry: NavEntry;
  isCurrent: boolean;
  sought: string;
  onChoose: () => void;
}

function Entry({ entry, isCurrent, sought, onChoose }: EntryProps) {
  const { plan, session } = useOpenPlan();
  const present = useObservable(session.present);
  const me = useMe();
  const at = (one: { section: string; here: boolean; user: string }) =>
    one.section === entry.id && one.here && one.user !== me.user.id;
  const here = people(present.filter(at));
  const fields =
    sought.trim() === '' ? [] : entry.definition.fields.filter(({ label }) => isIn(label, sought));
  return (
    <li>
      <a
        class="section-nav__link"
        href={`/professional/plans/${plan.id}/${entry.id}`}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={onChoose}
      >
        <span class="section-nav__title">{entry.title}</span>
        <span class="section-nav__standing">
          <span aria-hidden="true">{entry.icon} </span>
          {entry.words}
        </span>
        {fields.length > 0 && (
          <span class="section-nav__standing">has {fields.map(({ label }) => label).join(', ')}</span>
        )}
        {here.length > 0 && (
          <span class="section-nav__here">
            <span class="nhsuk-u-visually-hidden">
              , here: {here.map((person) => person.name).join(', ')}
            </span>
            {here.map((person) => (
              <span
                class={`initials initials--small initials--${colour(person.user)}`}
                key={person.user}
                aria-hidden="true"
              >
                {initials(person.name)}
              </span>
            ))}
          </span>
        )}
      </a>
    </li>
  );
}

const isIn = (text: string, sought: string): boolean =>
  text.toLocaleLowerCase('en-GB').includes(sought.trim().toLocaleLowerCase('en-GB'));

function matches({ title, definition }: NavEntry, sought: string): boolean {
  return (
    sought.trim() === '' || isIn(title, sought) || definition.fields.some(({ label }) => isIn(label, sought))
  );
}
