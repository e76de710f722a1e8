import { formatDate } from '@coplan/care-plan/plan';
import { type SectionDocument, setScalar, useSection } from '@coplan/care-plan/sync';
import { useOpenPlan } from '../openPlan';
import { type OpenTask, openTasks, TASKS, today } from './openTasks';

/** So many tasks stand beside a section; the section of tasks has all. */
const SHOWN_MAX = 6;

/** What is still to be done in this plan: what, who, until when; ticked off here. */
export function TasksCard() {
  const { session } = useOpenPlan();
  const document = session.section(TASKS);
  return document ? <Tasks document={document} /> : null;
}

function Tasks({ document }: { document: SectionDocument }) {
  const { plan } = useOpenPlan();
  const { content } = useSection(document);
  const tasks = content ? openTasks(content.fields[TASKS]) : [];
  const more = tasks.length - SHOWN_MAX;
  const href = `/professional/plans/${plan.id}/${TASKS}`;
  const finish = ({ id }: OpenTask) =>
    document.change((section) => {
      setScalar(section, [TASKS, id, 'state'], 'completed');
      setScalar(section, [TASKS, id, 'done_on'], today(new Date()));
    });
  return (
    <section class="context-card" aria-labelledby="tasks-heading">
      <h2 class="nhsuk-heading-s" id="tasks-heading">
        Tasks
      </h2>
      {tasks.length === 0 && <p class="quiet">Nothing is open.</p>}
      <ul class="tasks">
        {tasks.slice(0, SHOWN_MAX).map((task) => (
          <li key={task.id}>
            <p class="tasks__what">{task.what}</p>
            <p class="quiet">
              {[task.owner, task.team].filter(Boolean).join(', ') || 'Nobody has it yet'}
              {task.due && <Due due={task.due} />}
            </p>
            {document.writable && (
              <button class="link-button" type="button" onClick={() => finish(task)}>
                Mark as done<span class="nhsuk-u-visually-hidden">: {task.what}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <p>
        <a href={href}>{more > 0 ? `All tasks, ${more} more` : 'All tasks'}</a>
      </p>
    </section>
  );
}

function Due({ due }: { due: string }) {
  const isLate = due < today(new Date());
  return (
    <span class={isLate ? 'tasks__late' : ''}>
      . {isLate ? 'Was due' : 'Due'} {formatDate(due)}
    </span>
  );
}
