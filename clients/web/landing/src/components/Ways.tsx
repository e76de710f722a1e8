import type { Way } from '../api';
import { hasPasskeys } from '../passkeys';

interface Props {
  ways: Way[];
  /** Where to go on after signing in. */
  back: string | null;
  /** Signs in with a passkey of this device. */
  passkey(way: Way): void;
}

/** The ways to sign in: for staff and for people apart, because neither can use the other's. */
export function Ways({ ways, back, passkey }: Props) {
  const real = ways.filter(({ kind }) => kind !== 'development' && (kind !== 'passkey' || hasPasskeys()));
  const of = (...whom: Way['for'][]) => real.filter((way) => whom.includes(way.for));
  const groups = [
    { id: 'staff', title: 'If you work in health or care', ways: of('staff', 'anybody') },
    { id: 'people', title: 'If the plan is yours, or you act for somebody', ways: of('people') },
  ].filter((group) => group.ways.length > 0);
  if (groups.length === 0) {
    return <p class="panel">To sign in, open Coplan from the record system that you work in every day.</p>;
  }
  return (
    <section class="ways" aria-labelledby="ways">
      <h2 id="ways">Sign in</h2>
      <div class="ways__groups">
        {groups.map(({ id, title, ways: some }) => (
          <section class="panel" key={id} aria-labelledby={`ways-${id}`}>
            <h3 id={`ways-${id}`}>{title}</h3>
            <ul class="ways__list">
              {some.map((way) => (
                <li key={way.id}>
                  <OneWay way={way} back={back} passkey={passkey} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </section>
  );
}

function OneWay({ way, back, passkey }: { way: Way } & Pick<Props, 'back' | 'passkey'>) {
  if (way.kind === 'passkey') {
    return (
      <button type="button" class="button button--plain" onClick={() => passkey(way)}>
        Sign in with {way.title}
      </button>
    );
  }
  const href = back ? `${way.url}?return=${encodeURIComponent(back)}` : way.url;
  return (
    <a class="button" href={href}>
      Sign in with {way.title}
    </a>
  );
}
