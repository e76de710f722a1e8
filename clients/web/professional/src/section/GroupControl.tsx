import { clear, read, setGroup, type Value } from '@coplan/care-plan/sync';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Field } from '../definition';
import { useOpenPlan } from '../openPlan';
import { GroupPart } from './GroupPart';
import { GroupParts } from './GroupParts';
import { dateParts, parseDate, parseInput, typedForm } from './input';
import { controlId, type FieldPlace, pathKey } from './place';

/** What is typed for each part. */
type Typed = Record<string, string>;

/**
 * A group: read as a whole, changed as a whole, saved in one change, so that no dose can meet another's route.
 */
export function GroupControl({ document, field, path, stored }: FieldPlace) {
  const { session } = useOpenPlan();
  const [typed, setTyped] = useState<Typed>();
  const [faults, setFaults] = useState<Typed>({});
  const opener = useRef<HTMLButtonElement>(null);
  const form = useRef<HTMLDivElement>(null);
  const id = controlId(document, path);
  const key = `${document.section}/${pathKey(path)}`;
  const editing = typed !== undefined;
  useEffect(() => {
    if (editing) form.current?.querySelector<HTMLElement>('textarea, select')?.focus();
  }, [editing]);
  useEffect(() => () => session.setDraft(key, undefined), [session, key]);

  const end = () => {
    setTyped(undefined);
    setFaults({});
    session.setDraft(key, undefined);
    requestAnimationFrame(() => opener.current?.focus());
  };
  const type = (part: string, text: string) => {
    setTyped((all) => ({ ...all, [part]: text }));
    session.setDraft(key, { label: field.label });
  };
  const save = () => {
    const { parts, faults: found } = parseParts(field, typed ?? {});
    setFaults(found);
    if (Object.keys(found).length > 0) {
      session.setDraft(key, { label: field.label, fault: 'is not complete' });
      const [first] = field.parts.filter((part) => found[part.id]);
      window.document.getElementById(`${id}.${first?.id}`)?.focus();
      return;
    }
    document.change((content) => setGroup(content, path, parts));
    end();
  };
  const clearAll = () => {
    document.change((content) => clear(content, path));
    end();
  };
  const begin = () =>
    setTyped(Object.fromEntries(field.parts.map((part) => [part.id, typedPart(part, stored)])));

  if (!editing) {
    return (
      <div class="group">
        <GroupParts field={field} stored={stored} />
        <div class="group__actions">
          <button
            class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
            type="button"
            id={id}
            ref={opener}
            onClick={begin}
          >
            {stored === undefined ? 'Fill in' : 'Change'}
            <span class="nhsuk-u-visually-hidden"> {field.label}</span>
          </button>
        </div>
      </div>
    );
  }
  return (
    <div
      class="group group--editing"
      role="group"
      aria-labelledby={`${id}-label`}
      ref={form}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        end();
      }}
    >
      {field.parts.map((part) => (
        <GroupPart
          key={part.id}
          id={`${id}.${part.id}`}
          part={part}
          typed={typed[part.id] ?? ''}
          fault={faults[part.id]}
          onType={(text) => type(part.id, text)}
        />
      ))}
      <div class="group__actions">
        <button class="nhsuk-button nhsuk-button--small" type="button" onClick={save}>
          Save {field.label.toLocaleLowerCase('en-GB')}
        </button>
        <button class="link-button" type="button" onClick={end}>
          Cancel
        </button>
        {stored !== undefined && (
          <button class="link-button link-button--remove" type="button" onClick={clearAll}>
            Clear all of it
          </button>
        )}
      </div>
    </div>
  );
}

function typedPart(part: Field, stored: unknown): string {
  const value = (stored as Record<string, unknown> | undefined)?.[part.id];
  if (part.type !== 'date' || read(value) === undefined) return typedForm(value);
  const { day, month, year } = dateParts(value);
  return `${day}/${month}/${year}`;
}

function parseParts(field: Field, typed: Typed): { parts: Record<string, Value>; faults: Typed } {
  const parts: Record<string, Value> = {};
  const faults: Typed = {};
  for (const part of field.parts) {
    const parsed = parsePart(part, typed[part.id] ?? '');
    if ('fault' in parsed) faults[part.id] = parsed.fault;
    else if ('value' in parsed) parts[part.id] = parsed.value;
    else if (part.required) faults[part.id] = 'must be filled in';
  }
  return { parts, faults };
}

function parsePart(part: Field, text: string): ReturnType<typeof parseInput> {
  if (text === '') return { cleared: true };
  if (part.type === 'yes-no') return { value: text === 'true' };
  if (part.type === 'coded') return { value: text };
  if (part.type !== 'date') return parseInput(part, text);
  const [day = '', month = '', year = ''] = text.split(/[/.\s-]+/);
  return parseDate({ day, month, year });
}
