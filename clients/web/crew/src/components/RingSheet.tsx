import { telephoneLink, type PhoneNumber } from '@coplan/care-plan/plan';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './Icon';

/** Everybody who can be rung, at the foot of the screen where the thumb is. */
export function RingSheet({ numbers, close }: { numbers: PhoneNumber[]; close(): void }) {
  const sheet = useRef<HTMLDialogElement>(null);
  useEffect(() => sheet.current?.showModal(), []);
  return (
    <dialog ref={sheet} class="sheet" aria-labelledby="ring" onClose={close}>
      <h2 id="ring">Who to ring</h2>
      <ul>
        {numbers.map(({ who, about, label, number }) => (
          <li key={`${who} ${number}`}>
            <a class="sheet__call" href={telephoneLink(number)}>
              <Icon of="phone" />
              <span>
                <strong>
                  <bdi>{who}</bdi>
                </strong>
                <span class="sheet__number">{number}</span>
                {label && <span class="small"> {label}</span>}
                {about.length > 0 && <span class="sheet__about small">{about.join(' · ')}</span>}
              </span>
            </a>
          </li>
        ))}
      </ul>
      <button type="button" class="button button--plain" onClick={() => sheet.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
