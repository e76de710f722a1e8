import { formatMoment } from '@coplan/care-plan/plan';
import { useEffect, useRef, useState } from 'preact/hooks';
import { paths, post, Problem, put } from '../api';
import { useAsked } from '../history/useAsked';
import { useOpenPlan } from '../openPlan';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import { useDoing } from '../useDoing';
import { type Revealed, type Vault, type VaultItem, type VaultKind, vaultLabels, vaultPath } from './vault';

const SECOND_MS = 1_000;
/** Longest value, as the server has it. */
const VALUE_CHARS_MAX = 500;

/**
 * Codes of doors and key safes: hidden until somebody says what for, and hidden again by themselves. Which there are is asked
 * only when this is opened, because the person sees that somebody asked.
 */
export function VaultCard() {
  const [open, setOpen] = useState(false);
  return (
    <details
      class="context-card vault"
      onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>Key-safe and door codes</summary>
      {open && <Codes />}
    </details>
  );
}

function Codes() {
  const { plan } = useOpenPlan();
  const [turn, setTurn] = useState(0);
  const [shown, setShown] = useState<Vault>();
  const { body, problem } = useAsked<Vault>(paths.vault(plan.id), turn);
  useEffect(() => {
    if (body) setShown(body);
    else if (problem) setShown(undefined);
  }, [body, problem]);
  if (!shown) {
    const words = problem instanceof Problem ? 'They are not shown to you.' : 'They need a connection.';
    return <p role="status">{problem ? words : 'Opening…'}</p>;
  }
  return (
    <>
      {shown.items.length === 0 && <p class="quiet">None is kept.</p>}
      <ul class="vault__items">
        {shown.items.map((item) => (
          <Item key={item.kind} item={item} />
        ))}
      </ul>
      {shown.may_write && <SetValue items={shown.items} onSet={() => setTurn((n) => n + 1)} />}
    </>
  );
}

function Item({ item }: { item: VaultItem }) {
  const { plan } = useOpenPlan();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const [revealed, setRevealed] = useState<{ value: string; hidesAt: number }>();
  const { fault, run } = useDoing();
  const show = useRef<HTMLButtonElement>(null);
  const hide = () => {
    setRevealed(undefined);
    setAsking(false);
    setReason('');
  };
  const reveal = async (event: Event) => {
    event.preventDefault();
    const text = tidyReason(reason);
    setMissing(text === '');
    if (text === '') return document.getElementById(`look-${item.kind}`)?.focus();
    await run(async () => {
      const found = (await post(`${vaultPath(plan.id, item.kind)}/reveal`, { reason: text })) as Revealed;
      setRevealed({ value: found.value, hidesAt: Date.now() + found.hide_after_s * SECOND_MS });
    });
  };
  return (
    <li class="vault__item">
      <p class="vault__label">
        <strong>{item.label}</strong>
        <span class="rows__line">Written {formatMoment(item.changed_at)}</span>
      </p>
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      {revealed && <Value {...revealed} onHide={hide} />}
      {!revealed && !asking && (
        <button class="link-button" type="button" ref={show} onClick={() => setAsking(true)}>
          Show<span class="nhsuk-u-visually-hidden"> {item.label}</span>
        </button>
      )}
      {!revealed && asking && (
        <form onSubmit={(event) => void reveal(event)} noValidate>
          <ReasonBox
            id={`look-${item.kind}`}
            label="What do you need it for?"
            hint="The person sees that you looked, and why."
            reason={reason}
            fault={missing}
            onType={setReason}
          />
          <button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small" type="submit">
            Show it for 1 minute
          </button>{' '}
          <button class="link-button" type="button" onClick={hide}>
            Leave it hidden
          </button>
        </form>
      )}
    </li>
  );
}

/** The value, for as long as it may stand on a screen. */
function Value({ value, hidesAt, onHide }: { value: string; hidesAt: number; onHide: () => void }) {
  const secondsLeft = () => Math.max(0, Math.ceil((hidesAt - Date.now()) / SECOND_MS));
  const [left, setLeft] = useState(secondsLeft);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  const end = useRef(onHide);
  end.current = onHide;
  useEffect(() => {
    const timer = setInterval(() => {
      setLeft(secondsLeft());
      if (secondsLeft() === 0) end.current();
    }, SECOND_MS);
    return () => clearInterval(timer);
    // The moment does not change while the value stands.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [hidesAt]);
  return (
    <div class="vault__value" tabIndex={-1} ref={box} role="group" aria-label="Shown now">
      <p class="vault__code">
        <bdi>{value}</bdi>
      </p>
      <p class="vault__left">
        <span role="timer">Hidden again in {left} s</span>{' '}
        <button class="link-button" type="button" onClick={onHide}>
          Hide now
        </button>
      </p>
    </div>
  );
}

function SetValue({ items, onSet }: { items: VaultItem[]; onSet: () => void }) {
  const { plan } = useOpenPlan();
  const [kind, setKind] = useState<VaultKind>('key-safe-code');
  const [value, setValue] = useState('');
  const [done, setDone] = useState('');
  const { busy, fault, run } = useDoing();
  const there = items.some((item) => item.kind === kind);
  const save = async (event: Event) => {
    event.preventDefault();
    if (value.trim() === '' || busy) return;
    if (!(await run(() => put(vaultPath(plan.id, kind), { value: value.trim() })))) return;
    setDone(`${vaultLabels[kind]}: ${there ? 'replaced' : 'kept'}.`);
    setValue('');
    onSet();
  };
  return (
    <details class="fold">
      <summary>Write or replace a code</summary>
      <form class="fold__form" onSubmit={(event) => void save(event)} noValidate>
        <label class="nhsuk-label" for="vault-kind">
          Which
        </label>
        <select
          class="nhsuk-select"
          id="vault-kind"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as VaultKind)}
        >
          {(Object.keys(vaultLabels) as VaultKind[]).map((one) => (
            <option key={one} value={one}>
              {vaultLabels[one]}
            </option>
          ))}
        </select>
        <label class="nhsuk-label" for="vault-value">
          {kind === 'withheld-address' ? 'Address' : 'Code, and how it is used'}
        </label>
        <input
          class="nhsuk-input"
          id="vault-value"
          autocomplete="off"
          spellcheck={false}
          maxLength={VALUE_CHARS_MAX}
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        {fault && (
          <p class="nhsuk-error-message" role="alert">
            {fault}
          </p>
        )}
        <button
          class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
          type="submit"
          aria-disabled={busy || value.trim() === ''}
        >
          {there ? 'Replace it' : 'Keep it'}
        </button>
        <p class="quiet" role="status">
          {done}
        </p>
      </form>
    </details>
  );
}
