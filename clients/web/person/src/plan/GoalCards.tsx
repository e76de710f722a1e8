/** Goals as small cards: the person's words, how sure they are, and who does what. */
import type { Field, History, PathAuthor, Section, ViewSection } from '@coplan/care-plan/plan';
import { useMe } from '../me';
import { ConfidenceLine } from './ConfidenceLine';
import { ConfidenceScale, scaleOf } from './ConfidenceScale';
import { Fields, ItemDispute } from './Fields';
import { type Action, besideGoals, confidenceIn, type Goal, GOALS, goalsOf, type Moment } from './goals';
import { Foot } from './LetterSection';
import { whoWrote } from './wrote';

interface Props {
  section: ViewSection;
  definition: Section | undefined;
  authors: PathAuthor[];
  history: Pick<History, 'entries'> | undefined;
  change: ((field: string) => string) | undefined;
}

export function GoalCards({ section, definition, authors, history, change }: Props) {
  const { goals, others } = goalsOf(section);
  const list = definition?.fields.find(({ id }) => id === GOALS.list);
  const sure = list?.items.find(({ id }) => id === GOALS.confidence);
  const moments = confidenceIn(history ?? { entries: [] }, sure?.label ?? '');
  return (
    <div class="letter">
      {goals.length === 0 && <p>No goal is written here yet.</p>}
      <ul class="goals">
        {goals.map((goal) => (
          <Card
            key={goal.id}
            goal={goal}
            sure={sure}
            moments={moments.get(goal.id) ?? []}
            wrote={authors}
            change={change?.(`${GOALS.list}/${goal.id}`)}
          />
        ))}
      </ul>
      {others.length > 0 && (
        <section aria-labelledby="other-actions">
          <h3 id="other-actions">Who does what</h3>
          <Actions of={others} />
        </section>
      )}
      <Fields fields={besideGoals(section)} />
    </div>
  );
}

interface CardProps {
  goal: Goal;
  sure: Field | undefined;
  moments: Moment[];
  wrote: PathAuthor[];
  change: string | undefined;
}

/** Until the service has said what the scale is called. */
const SURE = 'How sure I am that I can do it';

function Card({ goal, sure, moments, wrote, change }: CardProps) {
  const me = useMe();
  const by = whoWrote(wrote, `${GOALS.list}.${goal.id}`, me.user.id);
  const when = [goal.state, goal.by && `by ${goal.by}`].filter(Boolean).join(', ');
  return (
    <li class="goal">
      <h3>
        <bdi>{goal.words || 'A goal without words yet'}</bdi>
      </h3>
      {when && <p>{when}</p>}
      {goal.detail && (
        <p class="prose" dir="auto">
          {goal.detail}
        </p>
      )}
      <ConfidenceScale label={sure?.label ?? SURE} value={goal.confidence} field={sure} />
      <ConfidenceLine
        goal={goal.words}
        label={sure?.label ?? SURE}
        moments={moments}
        max={scaleOf(sure).max}
      />
      {goal.actions.length > 0 && (
        <>
          <h4>Who does what</h4>
          <Actions of={goal.actions} />
        </>
      )}
      <ItemDispute item={goal.item} />
      <Foot>
        {by && <bdi>{by}</bdi>}
        {change && (
          <a class="change" href={change}>
            Change this<span class="for-ear">: {goal.words}</span>
          </a>
        )}
      </Foot>
    </li>
  );
}

function Actions({ of }: { of: Action[] }) {
  return (
    <ul class="bullets">
      {of.map(({ id, what, who, when, state }) => (
        <li key={id}>
          <bdi>{what}</bdi>
          {who && (
            <>
              : <bdi>{who}</bdi>
            </>
          )}
          {[when, state].filter(Boolean).length > 0 && (
            <span class="quiet"> ({[when, state].filter(Boolean).join(', ')})</span>
          )}
        </li>
      ))}
    </ul>
  );
}
