import { useEffect, useRef, useState } from 'preact/hooks';
import type { Me, RoleHeld } from '../api';
import { rolePlace, roleTitle } from '../people';

interface Props {
  me: Me;
  choose(role: RoleHeld): void;
  /** Leaves things as they are; there is none while a role must be chosen. */
  cancel?: () => void;
}

/** Asks once in which of their roles somebody works. What they see and may do goes with it. */
export function ChooseRole({ me, choose, cancel }: Props) {
  const roles = me.roles ?? [];
  const [chosen, setChosen] = useState(roles.find(({ selected }) => selected)?.id);
  const [missing, setMissing] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const role = roles.find(({ id }) => id === chosen);
    if (role) return choose(role);
    setMissing(true);
    first.current?.focus();
  };
  const acts = roles.some(({ role }) => role === 'proxy');
  return (
    <form class="panel choose" onSubmit={submit} noValidate>
      <h2 id="choose" tabIndex={-1} ref={heading}>
        {acts ? 'Whom are you here for?' : 'Which role do you work in now?'}
      </h2>
      <p>
        You are signed in as <bdi>{me.user.name}</bdi>.{' '}
        {acts
          ? 'Whatever you do for somebody else is kept under both names.'
          : 'What you do is kept under this role, and others see it beside your name.'}
      </p>
      {missing && (
        <p class="choose__fault" id="choose-fault">
          Choose one
        </p>
      )}
      <div role="radiogroup" aria-labelledby="choose" aria-describedby={missing ? 'choose-fault' : undefined}>
        {roles.map((role, index) => (
          <label class="choose__role" key={role.id}>
            <input
              type="radio"
              name="role"
              ref={index === 0 ? first : undefined}
              checked={chosen === role.id}
              onChange={() => setChosen(role.id)}
            />
            <span>
              <strong>{roleTitle(role)}</strong>
              <span class="quiet choose__place">{rolePlace(role)}</span>
            </span>
          </label>
        ))}
      </div>
      <p class="signed-in__next">
        <button type="submit" class="button">
          Continue
        </button>
        {cancel && (
          <button type="button" class="button button--plain" onClick={cancel}>
            Stay as I am
          </button>
        )}
      </p>
    </form>
  );
}
