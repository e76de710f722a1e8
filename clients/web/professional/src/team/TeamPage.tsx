import { authorWords, formatMoment } from '@coplan/care-plan/plan';
import { useRef, useState } from 'preact/hooks';
import { paths, put, remove } from '../api';
import { useAsked } from '../history/useAsked';
import { useOpenPlan } from '../openPlan';
import { useMe } from '../signedIn';
import { useDoing } from '../useDoing';
import { AddOrganisation } from './AddOrganisation';
import { Confirm } from './Confirm';
import { NameSomebody } from './NameSomebody';
import {
  kindWords,
  memberPath,
  organisationPath,
  type Relationship,
  relationshipPath,
  relationshipWords,
  type Team,
  type TeamMember,
} from './team';

/** Who works with this plan: organisations, named members of staff, those kept out, and those who came by themselves. */
export function TeamPage() {
  const { plan, refresh: refreshPlan } = useOpenPlan();
  const [turn, setTurn] = useState(0);
  const last = useRef<Team | undefined>(undefined);
  const { body, problem } = useAsked<Team>(paths.team(plan.id), turn);
  if (body) last.current = body;
  const team = body ?? last.current;
  const { busy, fault, run } = useDoing();
  const heading = useRef<HTMLHeadingElement>(null);
  const act = async (command: () => Promise<unknown>) => {
    if (await run(command)) {
      setTurn((n) => n + 1);
      refreshPlan();
      heading.current?.focus();
    }
  };
  if (!team) {
    return (
      <main class="page" id="main">
        <h1>Team</h1>
        <p role="status">
          {problem ? 'The team needs a connection, or is not shown to you.' : 'Opening the team…'}
        </p>
      </main>
    );
  }
  const props = { team, busy, act };
  return (
    <main class="page" id="main">
      <h1 tabIndex={-1} ref={heading}>
        Team
      </h1>
      <p>
        Staff of these organisations open this plan, as far as their roles allow. Whoever is taken off it
        loses it at once, on every device.
      </p>
      {fault && (
        <div class="nhsuk-error-summary" role="alert">
          <p>{fault}</p>
        </div>
      )}
      <Organisations {...props} />
      <Members {...props} />
      <Relationships {...props} />
    </main>
  );
}

interface PartProps {
  team: Team;
  busy: boolean;
  act: (command: () => Promise<unknown>) => Promise<void>;
}

function Organisations({ team, act }: PartProps) {
  const { plan } = useOpenPlan();
  const me = useMe();
  return (
    <section aria-labelledby="organisations">
      <h2 id="organisations">
        Organisations that look after {plan.person.preferred_name ?? plan.person.name}
      </h2>
      <ul class="rows">
        {team.organisations.map((one) => {
          const isOwn = one.code === me.user.organisation_code;
          const isHome = one.code === team.home?.code;
          return (
            <li class="rows__row" key={one.code}>
              <div>
                <strong>{one.name}</strong> <span class="quiet">{one.code}</span>
                {isHome && <span class="nhsuk-tag rows__tag">Keeps the plan</span>}
                <span class="rows__line">
                  {kindWords(one.kind)}, since {formatMoment(one.since)}
                  {one.by && `, added by ${authorWords(one.by)}`}
                </span>
              </div>
              {team.may_manage && !isHome && (
                <Confirm
                  label="Remove"
                  of={one.name}
                  question={
                    isOwn
                      ? 'This is your own organisation. You and your colleagues lose this plan at once.'
                      : `Staff of ${one.name} lose this plan at once. What they wrote stays.`
                  }
                  yes={`Remove ${one.name}`}
                  onYes={() => void act(() => remove(organisationPath(plan.id, one.code)))}
                />
              )}
            </li>
          );
        })}
      </ul>
      {team.may_manage && (
        <AddOrganisation
          there={team.organisations.map(({ code }) => code)}
          onAdd={(code) => act(() => put(organisationPath(plan.id, code)))}
        />
      )}
    </section>
  );
}

function Members({ team, busy, act }: PartProps) {
  const { plan } = useOpenPlan();
  const name = (part: TeamMember['part']) => (user: string, reason: string) =>
    act(() => put(memberPath(plan.id, user), { part, reason }));
  const end = (one: TeamMember) => void act(() => remove(memberPath(plan.id, one.user)));
  const named = team.members.filter(({ part }) => part === 'in');
  const out = team.members.filter(({ part }) => part === 'out');
  return (
    <>
      <section aria-labelledby="named">
        <h2 id="named">Named members of staff</h2>
        <p>They alone see what is restricted, such as where the person lives when that is withheld.</p>
        {named.length === 0 && <p class="quiet">Nobody is named.</p>}
        <MemberRows members={named} mayManage={team.may_manage} label="Remove" end={end} />
        {team.may_manage && (
          <NameSomebody
            id="name"
            open="Name a member of staff"
            why="Why do they need to be named?"
            button="Name them"
            busy={busy}
            onName={name('in')}
          />
        )}
      </section>
      <section aria-labelledby="out">
        <h2 id="out">Kept out</h2>
        <p>
          Somebody whom the person does not want to see the plan: a relative or a neighbour who works here.
        </p>
        {out.length === 0 && <p class="quiet">Nobody is kept out.</p>}
        <MemberRows members={out} mayManage={team.may_manage} label="Let back" end={end} />
        {team.may_manage && (
          <NameSomebody
            id="out"
            open="Keep a member of staff out"
            why="Why must they not see this plan?"
            button="Keep them out"
            busy={busy}
            onName={name('out')}
          />
        )}
      </section>
    </>
  );
}

interface MemberRowsProps {
  members: TeamMember[];
  mayManage: boolean;
  label: string;
  end: (one: TeamMember) => void;
}

function MemberRows({ members, mayManage, label, end }: MemberRowsProps) {
  if (members.length === 0) return null;
  return (
    <ul class="rows">
      {members.map((one) => (
        <li class="rows__row" key={one.user}>
          <div>
            <strong>
              <bdi>{one.name}</bdi>
            </strong>
            , {one.job_title}, {one.organisation}
            <span class="rows__line">“{one.reason}”</span>
            <span class="rows__line">
              Since {formatMoment(one.since)}
              {one.by && `, by ${authorWords(one.by)}`}
            </span>
          </div>
          {mayManage && (
            <Confirm
              label={label}
              of={one.name}
              question={
                one.part === 'in'
                  ? `${one.name} is not named any more, and loses what only named staff see.`
                  : `${one.name} can open this plan again, as far as their organisation and role allow.`
              }
              yes={`${label} ${one.name}`}
              harmless={one.part === 'out'}
              no="Leave it"
              onYes={() => end(one)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

function Relationships({ team, act }: PartProps) {
  const me = useMe();
  const end = ({ id }: Relationship) => void act(() => remove(relationshipPath(id)));
  return (
    <section aria-labelledby="relationships">
      <h2 id="relationships">Others who have the plan open to them</h2>
      {team.relationships.length === 0 && (
        <p class="quiet">
          Nobody. Staff who say that they care for the person, or break the glass, stand here.
        </p>
      )}
      <ul class="rows">
        {team.relationships.map((one) => (
          <li class="rows__row" key={one.id}>
            <div>
              <strong>
                <bdi>{one.name}</bdi>
              </strong>
              , {one.job_title}, {one.organisation}, {relationshipWords[one.kind]}
              <span class="rows__line">“{one.reason}”</span>
              <span class="rows__line">
                {formatMoment(one.from)} to {formatMoment(one.until)}
              </span>
            </div>
            {one.user === me.user.id && (
              <Confirm
                label="End mine"
                of="relationship"
                question="You lose this plan at once, unless your organisation is on the team."
                yes="End it"
                no="Leave it"
                onYes={() => end(one)}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
