import { useState } from 'preact/hooks';
import type { User } from '../api';
import { byOrganisation, matching } from '../people';

interface Props {
  users: User[];
  me: User | null;
  signIn(user: User): void;
}

/** Sign in as anybody, without a password: for development, and marked so that nobody takes it for the real thing. */
export function SignInList({ users, me, signIn }: Props) {
  const [typed, setTyped] = useState('');
  const found = matching(users, typed);
  const only = found.length === 1 ? found[0] : undefined;
  return (
    <section class="development" aria-labelledby="sign-in">
      <h2 id="sign-in">Development sign-in: not for real people</h2>
      <p>
        Everybody below is invented. Choose {me ? 'somebody else' : 'somebody'} and you are them, without a
        password. No service with real plans in it shows this list.
      </p>
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (only) signIn(only);
        }}
      >
        <label for="who">Find by name, role or organisation</label>
        <input
          id="who"
          type="search"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="found"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <p id="found" role="status" class="quiet">
          {only ? `1 person. Press Enter to sign in as ${only.name}.` : `${found.length} people`}
        </p>
      </form>
      <div class="organisations">
        {byOrganisation(found).map(({ code, name, users: of }) => (
          <section key={code} class="organisation" aria-labelledby={`organisation-${code}`}>
            <h3 id={`organisation-${code}`}>
              {name} <span class="quiet">{code}</span>
            </h3>
            <ul>
              {of.map((user) => (
                <li key={user.id}>
                  <button type="button" class="user" onClick={() => signIn(user)}>
                    <bdi class="user__name">{user.name}</bdi>
                    <span class="quiet">
                      {user.job_title}
                      {user.kind === 'crew' && ' · crew'}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </section>
  );
}
