import { useRef, useState } from 'preact/hooks';
import { paths, type PlanId, post, remove } from '../api';
import {
  authorWords,
  formatDate,
  lastDayOf,
  type Grade,
  monthsAfter,
  sentence,
  type Sharing,
  unknownWords,
} from '@coplan/care-plan/plan';
import { useAsked } from '../history/useAsked';
import { useOpenPlan } from '../openPlan';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import { Confirm } from '../team/Confirm';
import { useDoing } from '../useDoing';
import { chosenWords, DURATIONS, grades, keptFrom, lasts, nowWords, restrictions } from './sharing';

/** What the person wants of who sees the plan, set on their behalf, and what is withheld about them. */
export function SharingPage() {
  const { plan, refresh } = useOpenPlan();
  const { name, preferred_name } = plan.person;
  return (
    <main class="page" id="main">
      <SharingPart plan={plan.id} name={preferred_name ?? name} onChanged={refresh} />
    </main>
  );
}

interface SharingPartProps {
  plan: PlanId;
  /** What the person is called. */
  name: string;
  onChanged: () => void;
}

/** The same within another page: of a plan that is closed by what the person wants, this is what staff still reach. */
export function SharingPart({ plan, name, onChanged }: SharingPartProps) {
  const [turn, setTurn] = useState(0);
  const last = useRef<Sharing | undefined>(undefined);
  const { body, problem } = useAsked<Sharing>(paths.sharing(plan), turn);
  if (body) last.current = body;
  const sharing = body ?? last.current;
  const heading = useRef<HTMLHeadingElement>(null);
  const { busy, fault, run } = useDoing();
  const act = async (command: () => Promise<unknown>) => {
    const done = await run(command);
    if (done) {
      setTurn((n) => n + 1);
      heading.current?.focus();
      onChanged();
    }
    return done;
  };
  if (!sharing) {
    return (
      <>
        <h1>Sharing</h1>
        <p role="status">{problem ? 'Sharing needs a connection, or is not shown to you.' : 'Opening…'}</p>
      </>
    );
  }
  const { objections, choice, restriction, may_set } = sharing;
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        Sharing
      </h1>
      {restriction && (
        <div class="nhsuk-inset-text">
          <p>
            <strong>{restrictions[restriction]}</strong> The national demographics service says so; it cannot
            be changed here.
          </p>
        </div>
      )}
      {choice && (
        <div class="nhsuk-inset-text">
          <p>
            <strong>{chosenWords(choice)}</strong>
            {choice.until && `, until the end of ${formatDate(lastDayOf(choice.until))}`}. That was chosen,
            and stands among the <a href={`/professional/plans/${plan}/decisions`}>decisions</a>. The narrower
            of that and what stands below counts.
          </p>
          {unknownWords(choice) && <p>{unknownWords(choice)}</p>}
        </div>
      )}
      <Kept sharing={sharing} />
      {fault && (
        <div class="nhsuk-error-summary" role="alert">
          <p>{fault}</p>
        </div>
      )}
      <section aria-labelledby="objections">
        <h2 id="objections">What {name} does not want</h2>
        <p>
          {objections.length === 0 && 'Nothing is objected to. '}
          {nowWords(sharing)}
        </p>
        <ul class="rows">
          {objections.map((one) => (
            <li class="rows__row" key={one.id}>
              <div>
                <strong>{grades[one.grade].title}</strong>
                <span class="rows__line">{grades[one.grade].effect}</span>
                <span class="rows__line">“{one.reason}”</span>
                <span class="rows__line">
                  {lasts(one)}
                  {one.by && `, written by ${authorWords(one.by)}`}
                </span>
              </div>
              {may_set && (
                <Confirm
                  label="Withdraw"
                  of={grades[one.grade].title}
                  question="Has the person said that they want this withdrawn? The plan opens to the care team again at once; nothing was lost."
                  yes="Withdraw it"
                  harmless
                  no="Leave it"
                  onYes={() => void act(() => remove(`${paths.objections(plan)}/${one.id}`))}
                />
              )}
            </li>
          ))}
        </ul>
      </section>
      {may_set && (
        <ObjectionForm
          busy={busy}
          onSet={(grade, reason, until) =>
            act(() => post(paths.objections(plan), { grade, reason, ...(until ? { until } : {}) }))
          }
        />
      )}
    </>
  );
}

/** What the person keeps from those who act for them: whoever talks with them must know. */
function Kept({ sharing }: { sharing: Sharing }) {
  const kept = keptFrom(sharing);
  if (kept.length === 0) return null;
  return (
    <div class="nhsuk-inset-text">
      {kept.map(({ acting: { account, name, basis }, titles }) => (
        <p key={account}>
          <strong>
            Kept from <bdi>{name}</bdi> (<bdi>{basis}</bdi>): {sentence(titles)}.
          </strong>{' '}
          Do not talk about it with them.
        </p>
      ))}
    </div>
  );
}

interface ObjectionFormProps {
  busy: boolean;
  onSet: (grade: Grade, reason: string, until: string | undefined) => Promise<boolean>;
}

function ObjectionForm({ busy, onSet }: ObjectionFormProps) {
  const [grade, setGrade] = useState<Grade>();
  const [duration, setDuration] = useState<string>('');
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState<'grade' | 'reason'>();
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = tidyReason(reason);
    const lacks = !grade ? 'grade' : text === '' ? 'reason' : undefined;
    setMissing(lacks);
    if (!grade || lacks || busy) {
      form.current
        ?.querySelector<HTMLElement>(lacks === 'grade' ? '[name=grade]' : '#objection-reason')
        ?.focus();
      return;
    }
    const months = DURATIONS.find(({ id }) => id === duration)?.months ?? 0;
    if (await onSet(grade, text, monthsAfter(months, Date.now()))) {
      setGrade(undefined);
      setReason('');
    }
  };
  return (
    <details class="fold">
      <summary>Write down what the person does not want</summary>
      <form class="fold__form" ref={form} onSubmit={(event) => void submit(event)} noValidate>
        <div class={`nhsuk-form-group ${missing === 'grade' ? 'nhsuk-form-group--error' : ''}`}>
          <fieldset class="nhsuk-fieldset" aria-describedby={missing === 'grade' ? 'grade-fault' : undefined}>
            <legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s">
              Who may still see the plan?
            </legend>
            {missing === 'grade' && (
              <span class="nhsuk-error-message" id="grade-fault">
                <span class="nhsuk-u-visually-hidden">Error:</span> Choose one
              </span>
            )}
            <div class="nhsuk-radios">
              {(Object.keys(grades) as Grade[]).map((one) => (
                <div class="nhsuk-radios__item" key={one}>
                  <input
                    class="nhsuk-radios__input"
                    id={`grade-${one}`}
                    name="grade"
                    type="radio"
                    aria-describedby={`grade-${one}-effect`}
                    checked={grade === one}
                    onChange={() => setGrade(one)}
                  />
                  <label class="nhsuk-label nhsuk-radios__label" for={`grade-${one}`}>
                    {grades[one].title}
                  </label>
                  <div class="nhsuk-hint nhsuk-radios__hint" id={`grade-${one}-effect`}>
                    {grades[one].effect}
                  </div>
                </div>
              ))}
            </div>
          </fieldset>
        </div>
        <div class="nhsuk-form-group">
          <label class="nhsuk-label" for="objection-until">
            For how long?
          </label>
          <select
            class="nhsuk-select"
            id="objection-until"
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
        <ReasonBox
          id="objection-reason"
          label="What did they say, and how?"
          hint="In their words, if you can: “said at the desk that only ambulance crews should see it”"
          reason={reason}
          fault={missing === 'reason'}
          onType={setReason}
        />
        <button class="nhsuk-button" type="submit" aria-disabled={busy}>
          Write it down
        </button>
        <p class="quiet">
          It holds at once. The plan closes to you too; crews, or whoever breaks the glass, still see it as
          said above.
        </p>
      </form>
    </details>
  );
}
