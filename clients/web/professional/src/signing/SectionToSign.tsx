import { audienceNames, formatMoment, signers } from '@coplan/care-plan/plan';
import type { Change } from './changesInWords';
import type { Frozen } from './frozen';
import { WordDifference } from './WordDifference';

/** One section that waits for a signature: what is different, who will see it, whether it can be signed. */
export function SectionToSign({
  frozen,
  chosen,
  onToggle,
}: {
  frozen: Frozen;
  chosen: boolean;
  onToggle: () => void;
}) {
  const { standing, changes, missing, disputed, blocked, doubtful } = frozen;
  const held = missing.length + disputed.length + blocked.length > 0;
  const { definition, section, maySign } = standing;
  const id = `sign-${definition.id}`;
  return (
    <section class="to-sign" aria-labelledby={`${id}-heading`}>
      <h2 class="nhsuk-heading-m" id={`${id}-heading`}>
        {definition.title}
      </h2>
      <p class="quiet">
        {section.published
          ? `Version ${section.published.version} was signed${by(section.published.signed)}. Changed since:`
          : 'Not signed before. It would be published with:'}
      </p>
      {frozen.withoutComparison && (
        <p class="quiet-note">The signed words are not on this device, so everything is shown as new.</p>
      )}
      {changes.length === 0 ? (
        <p>Nothing that can be read has changed: words were changed and changed back.</p>
      ) : (
        <dl class="changes">
          {changes.map((change) => (
            <ChangeRow key={`${change.label} ${change.words}`} change={change} />
          ))}
        </dl>
      )}
      <p class="quiet">When signed, it is seen by {audienceNames(definition.audiences)}.</p>
      {doubtful.map((sentence) => (
        <p class="quiet-note" key={sentence}>
          <span aria-hidden="true">▲ </span>
          {sentence}
        </p>
      ))}
      {held && (
        <div class="nhsuk-warning-callout missing">
          <h3 class="nhsuk-warning-callout__label">Before it can be signed</h3>
          <ul>
            {blocked.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
            {disputed.map((label) => (
              <li key={label}>Settle “{label}”: two values stand there, and none is agreed</li>
            ))}
            {missing.map((label) => (
              <li key={label}>Fill in “{label}”</li>
            ))}
          </ul>
        </div>
      )}
      {!maySign && (
        <p class="quiet-note">
          Only {signers(definition.sign_off)} can sign this section. Your changes are saved, and wait here for
          a signature.
        </p>
      )}
      {maySign && !held && (
        <div class="nhsuk-checkboxes__item">
          <input
            class="nhsuk-checkboxes__input"
            type="checkbox"
            id={id}
            checked={chosen}
            onChange={onToggle}
          />
          <label class="nhsuk-label nhsuk-checkboxes__label" for={id}>
            Sign “{definition.title}”
          </label>
        </div>
      )}
    </section>
  );
}

function by(signature: { by: string; organisation: string; at: string } | null): string {
  return signature ? ` by ${signature.by}, ${signature.organisation}, on ${formatMoment(signature.at)}` : '';
}

function ChangeRow({ change }: { change: Change }) {
  return (
    <div class="changes__row">
      <dt>{change.label}</dt>
      <dd>
        {change.before === undefined || change.after === undefined ? (
          change.words
        ) : (
          <WordDifference before={change.before} after={change.after} />
        )}
      </dd>
    </div>
  );
}
