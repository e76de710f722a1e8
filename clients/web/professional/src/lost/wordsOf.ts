/** Words that were not sent, for their writer to read and copy. */
import type { WaitingCommand } from '@coplan/care-plan/device';
import type { UnsentWords } from '@coplan/care-plan/sync';
import type { Field, Section } from '@coplan/care-plan/plan';

/** One line a field: its label, and what was typed in it. Nothing of what stood there before. */
export function wordsOf(definition: Section | undefined, unsent: UnsentWords[]): string {
  return unsent.map(({ path, text }) => lineOf(definition?.fields ?? [], path, text)).join('\n');
}

function lineOf(fields: Field[], [id = '', ...rest]: string[], text: string): string {
  const field = fields.find((one) => one.id === id);
  if (!field) return text;
  if (field.type === 'list') {
    // The item's own id says nothing to anybody.
    const [, ...inItem] = rest;
    return `${field.label}, ${inItem.length === 0 ? text : lineOf(field.items, inItem, text)}`;
  }
  if (field.type === 'group' && rest.length > 0) return `${field.label}, ${lineOf(field.parts, rest, text)}`;
  const display = field.codes.find(({ code }) => code === text)?.display ?? text;
  return `${field.label}: ${display}`;
}

/** A decision that waited for a connection. */
export function wordsOfCommand({ body }: WaitingCommand): string {
  const said: string[] = [];
  const read = (value: unknown): void => {
    if (typeof value === 'string' && /\s|^[A-Z]/.test(value) && !/^\d{4}-\d\d-\d\dT/.test(value))
      said.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(read);
  };
  read({ ...body, command: undefined, id: undefined });
  return said.join('\n');
}
