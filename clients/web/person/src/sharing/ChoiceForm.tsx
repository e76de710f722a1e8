import { useRef, useState } from 'preact/hooks';
import type { Whose } from '../whose';
import { monthsAfter } from '@coplan/care-plan/plan';
import { type Choice, CHOICES, DURATIONS, effectOf, titleOf, type Wish } from './choices';

/** Most that a reason may hold. */
const REASON_CHARS_MAX = 500;

interface Props {
  whose: Whose;
  now: number;
  onWish: (wish: Wish) => void;
}

/** Who may see the plan from now on, for how long, and why for whoever wants to say it. */
export function ChoiceForm({ whose, now, onWish }: Props) {
  const [choice, setChoice] = useState<Choice>();
  const [duration, setDuration] = useState('');
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    setMissing(!choice);
    if (!choice) {
      form.current?.querySelector<HTMLElement>('[name=choice]')?.focus();
      return;
    }
    const months = choice === 'everyone' ? 0 : (DURATIONS.find(({ id }) => id === duration)?.months ?? 0);
    onWish({ choice, until: monthsAfter(months, now) ?? null, reason });
  };
  return (
    <form class="form no-print" ref={form} onSubmit={submit} noValidate>
      <fieldset aria-describedby={missing ? 'choice-missing' : undefined}>
        <legend>
          <h2>Change who can see {whose.plan}</h2>
        </legend>
        {missing && (
          <p class="fault" id="choice-missing">
            Choose one
          </p>
        )}
        {CHOICES.map((one) => (
          <div class="radio" key={one}>
            <input
              type="radio"
              name="choice"
              id={`choice-${one}`}
              aria-describedby={`choice-${one}-effect`}
              checked={choice === one}
              onChange={() => {
                setChoice(one);
                setMissing(false);
              }}
            />
            <div>
              <label for={`choice-${one}`}>{titleOf(one, whose)}</label>
              <p class="quiet" id={`choice-${one}-effect`}>
                {effectOf(one, whose).join(' ')}
              </p>
            </div>
          </div>
        ))}
      </fieldset>
      {choice && choice !== 'everyone' && (
        <>
          <div class="row">
            <label for="duration">For how long?</label>
            <select
              id="duration"
              value={duration}
              onChange={(event) => setDuration(event.currentTarget.value)}
            >
              {DURATIONS.map(({ id, words }) => (
                <option key={id} value={id}>
                  {words}
                </option>
              ))}
            </select>
          </div>
          <div class="row">
            <label for="reason">Why? You do not have to say.</label>
            <p class="quiet" id="reason-hint">
              Your care team can read what you write here.
            </p>
            <textarea
              id="reason"
              rows={2}
              dir="auto"
              maxLength={REASON_CHARS_MAX}
              aria-describedby="reason-hint"
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </div>
        </>
      )}
      <p>
        <button class="button" type="submit">
          Continue
        </button>
      </p>
    </form>
  );
}
