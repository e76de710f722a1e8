import { authorWords, type Field, formatMoment } from '@coplan/care-plan/plan';
import { useState } from 'preact/hooks';
import { Problem, Unreachable } from '../api';
import { sentenceCase } from '../decisions/sentenceCase';
import { useOpenPlan } from '../openPlan';
import { FormFields, focusFirstFault } from '../section/FormFields';
import { type Faults, partKey, type Typed, typedOf, type Values } from '../section/formValues';
import { ReasonBox, tidyReason } from '../section/ReasonBox';
import { useMe } from '../signedIn';
import { wordDiff } from '../signing/wordDiff';
import { WordDifference } from '../signing/WordDifference';
import { boxesOf, editWith, isEditable } from './edits';
import { decide, type Suggestion, type Verdict } from './suggestion';

/** A proposal to be decided: what would be different, who asks for it and why, and the three answers. */
export function SuggestionCard({
  suggestion,
  onDecided,
}: {
  suggestion: Suggestion;
  onDecided?: () => void;
}) {
  const open = useOpenPlan();
  const me = useMe();
  const [doing, setDoing] = useState<'edit' | 'decline'>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const give = async (verdict: Verdict) => {
    setBusy(true);
    setFault(undefined);
    try {
      await decide(open.plan.id, suggestion.id, verdict);
      open.suggestions.refresh();
      onDecided?.();
    } catch (problem) {
      setFault(faultWords(problem));
    } finally {
      setBusy(false);
    }
  };
  const field = fieldOf(open.definitions, suggestion);
  const { label, current, proposed, by, made_at, reason, may_decide } = suggestion;
  const about = <span class="nhsuk-u-visually-hidden"> the suggestion for {label}</span>;
  return (
    <article
      class="suggestion"
      aria-label={`Suggestion: ${label}`}
      tabIndex={-1}
      data-suggestion={suggestion.id}
    >
      <h3 class="suggestion__label">
        {suggestion.title}: {label}
      </h3>
      <Differences current={current} proposed={proposed} isText={field?.type === 'text'} />
      <p class="suggestion__why">
        <strong>{authorWords(by)}</strong>, {formatMoment(made_at)}: “{reason}”
      </p>
      {fault && (
        <p class="nhsuk-error-message" role="alert">
          {fault}
        </p>
      )}
      {may_decide && !doing && (
        <div class="group__actions">
          <button
            class="nhsuk-button nhsuk-button--small"
            type="button"
            disabled={busy}
            onClick={() => void give({ decision: 'accept' })}
          >
            Accept{about}
          </button>
          {field && isEditable(suggestion.edit) && (
            <button
              class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
              type="button"
              onClick={() => setDoing('edit')}
            >
              Edit{about}
            </button>
          )}
          <button class="link-button link-button--remove" type="button" onClick={() => setDoing('decline')}>
            Decline{about}
          </button>
        </div>
      )}
      {!may_decide && by.user === me.user.id && (
        <button
          class="link-button link-button--remove"
          type="button"
          disabled={busy}
          onClick={() => void give({ decision: 'withdraw' })}
        >
          Withdraw{about}
        </button>
      )}
      {doing === 'decline' && (
        <DeclineForm
          id={`decline-${suggestion.id}`}
          busy={busy}
          onDecline={(why) => void give({ decision: 'decline', reason: why })}
          onCancel={() => setDoing(undefined)}
        />
      )}
      {doing === 'edit' && field && (
        <EditForm
          suggestion={suggestion}
          field={field}
          busy={busy}
          onGive={(verdict) => void give(verdict)}
          onCancel={() => setDoing(undefined)}
        />
      )}
    </article>
  );
}

function Differences({
  current,
  proposed,
  isText,
}: {
  current: string | null;
  proposed: string;
  isText: boolean;
}) {
  if (isText && current && isMostlySame(current, proposed)) {
    return (
      <p class="prose">
        <WordDifference before={current} after={proposed} />
      </p>
    );
  }
  return (
    <dl class="differences">
      <div>
        <dt>Now</dt>
        <dd class="prose">{current || 'Nothing recorded'}</dd>
      </div>
      <div>
        <dt>Suggested</dt>
        <dd class="prose">{proposed}</dd>
      </div>
    </dl>
  );
}

/** Where most words stay, the difference is read word by word; where few do, the two are read side by side. */
function isMostlySame(before: string, after: string): boolean {
  const pieces = wordDiff(before, after);
  const length = (kind: string) =>
    pieces.filter((one) => one.kind === kind).reduce((sum, { text }) => sum + text.length, 0);
  return length('same') * 2 >= Math.max(before.length, after.length);
}

function DeclineForm(props: {
  id: string;
  busy: boolean;
  onDecline: (reason: string) => void;
  onCancel: () => void;
}) {
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    const why = tidyReason(reason);
    if (why) props.onDecline(why);
    else document.getElementById(props.id)?.focus();
  };
  return (
    <form
      class="removal"
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && props.onCancel()}
    >
      <ReasonBox
        id={props.id}
        label="Why is it declined?"
        hint="Whoever suggested it reads this."
        reason={reason}
        fault={tried && !tidyReason(reason)}
        onType={setReason}
      />
      <div class="group__actions">
        <button class="nhsuk-button nhsuk-button--small" type="submit" disabled={props.busy}>
          Decline it
        </button>
        <button class="link-button" type="button" onClick={props.onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

interface EditFormProps {
  suggestion: Suggestion;
  field: Field;
  busy: boolean;
  onGive: (verdict: Verdict) => void;
  onCancel: () => void;
}

function EditForm({ suggestion, field, busy, onGive, onCancel }: EditFormProps) {
  const { fields, values } = boxesOf(suggestion.edit, field);
  const [typed, setTyped] = useState<Typed>(() => typedValues(fields, values));
  const [faults, setFaults] = useState<Faults>({});
  const id = `edit-${suggestion.id}`;
  const submit = (event: Event) => {
    event.preventDefault();
    const { edits, faults: found } = editWith(suggestion.edit, field, typed);
    setFaults(found);
    const [edit] = edits;
    if (Object.keys(found).length > 0 || !edit) return focusFirstFault(id, found);
    onGive({ decision: 'edit', edit });
  };
  return (
    <form class="settle-form" noValidate onSubmit={submit}>
      <FormFields
        id={id}
        fields={fields}
        typed={typed}
        faults={faults}
        onType={(key, text) => setTyped((all) => ({ ...all, [key]: text }))}
      />
      <div class="group__actions">
        <button class="nhsuk-button nhsuk-button--small" type="submit" disabled={busy}>
          Accept it like this
        </button>
        <button class="link-button" type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function typedValues(fields: Field[], values: Values): Typed {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = values[field.id];
      if (field.type !== 'group') return [[field.id, typedOf(field, value)]];
      const parts = (value ?? {}) as Record<string, unknown>;
      return field.parts.map((part) => [partKey(field, part), typedOf(part, parts[part.id])]);
    }),
  );
}

function fieldOf(
  definitions: { id: string; fields: Field[] }[],
  { section, path }: Suggestion,
): Field | undefined {
  return definitions.find(({ id }) => id === section)?.fields.find(({ id }) => id === path.split('.')[0]);
}

function faultWords(problem: unknown): string {
  if (problem instanceof Unreachable)
    return 'The server cannot be reached. Nothing has changed; try again when there is a signal.';
  if (!(problem instanceof Problem)) return 'Something went wrong on this page. Nothing has changed.';
  return problem.status === 403
    ? 'Your role does not decide on this suggestion.'
    : sentenceCase(problem.message);
}
