import { type Field, formatMoment } from '@coplan/care-plan/plan';
import { type WaitingCommand } from '@coplan/care-plan/device';
import { read } from '@coplan/care-plan/sync';
import { valueWords } from '@coplan/care-plan/fields';
import { useOpenPlan } from '../openPlan';
import { wordsOf } from './refusalWords';
import { sentenceCase } from './sentenceCase';

/** Decisions that were given without a connection: none of them is in force, and each says so. */
export function WaitingList({ commands }: { commands: WaitingCommand[] }) {
  if (commands.length === 0) return null;
  return (
    <ul class="waiting" aria-label="Not in force yet">
      {commands.map((command) => (
        <Waiting key={`${command.id} ${String(command.body.command)}`} command={command} />
      ))}
    </ul>
  );
}

function Waiting({ command }: { command: WaitingCommand }) {
  const { definitions, waiting, decisions } = useOpenPlan();
  const kind = String(command.body.kind);
  const definition = definitions
    .flatMap(({ fields }) => fields)
    .find(({ id, record }) => id === kind && record);
  const discard = () => void waiting.discard(command).then(decisions.refresh);
  return (
    <li class={`waiting__command ${command.refused ? 'waiting__command--refused' : ''}`}>
      <p class="waiting__state">
        <span aria-hidden="true">{command.refused ? '! ' : '⇅ '}</span>
        {command.refused ? 'Not accepted, and not in force' : 'Not in force yet: waits for a connection'}
      </p>
      <p>
        {verbs[String(command.body.command)] ?? 'Changes'} <strong>{definition?.label ?? kind}</strong>
        {said(definition, command.body.values)}
      </p>
      {command.refused && <p>{sentenceCase(wordsOf(command.refused.code) ?? command.refused.detail)}</p>}
      <p class="quiet">Given here on {formatMoment(command.madeAt)}. Nobody else sees it.</p>
      <button class="link-button link-button--remove" type="button" onClick={discard}>
        Discard it
      </button>
    </li>
  );
}

const verbs: Record<string, string> = { record: 'Records', endorse: 'Endorses', withdraw: 'Withdraws' };

/** What a record would say, in the words of its definition. */
function said(definition: Field | undefined, values: unknown): string {
  const given = (values ?? {}) as Record<string, unknown>;
  const words = (definition?.items ?? [])
    .map((field) => valueWords(field, read(given[field.id])))
    .filter(Boolean);
  return words.length > 0 ? `: ${words.join('; ')}` : '';
}
