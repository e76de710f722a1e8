import { clear, setGroup, type Value } from '@coplan/care-plan/sync';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useOpenPlan } from '../openPlan';
import { FormFields, focusFirstFault } from './FormFields';
import { GroupParts } from './GroupParts';
import { type Faults, parseForm, type Typed, typedOf } from './formValues';
import { controlId, type FieldPlace, pathKey } from '@coplan/care-plan/fields';

/**
 * A group: read as a whole, changed as a whole, saved in one change, so that no dose can meet another's route.
 */
export function GroupControl({ document, field, path, stored }: FieldPlace) {
  const { session } = useOpenPlan();
  const [typed, setTyped] = useState<Typed>();
  const [faults, setFaults] = useState<Faults>({});
  const opener = useRef<HTMLButtonElement>(null);
  const form = useRef<HTMLDivElement>(null);
  const id = controlId(document, path);
  const key = `${document.section}/${pathKey(path)}`;
  const editing = typed !== undefined;
  useEffect(() => {
    if (editing) form.current?.querySelector<HTMLElement>('textarea, select, input')?.focus();
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
    const { values, faults: found } = parseForm(field.parts, typed ?? {});
    setFaults(found);
    if (Object.keys(found).length > 0) {
      session.setDraft(key, { label: field.label, fault: 'is not complete' });
      focusFirstFault(id, found);
      return;
    }
    const parts = values as Record<string, Value>;
    document.change((content) => setGroup(content, path, parts));
    end();
  };
  const clearAll = () => {
    document.change((content) => clear(content, path));
    end();
  };
  const held = (stored ?? {}) as Record<string, unknown>;
  const begin = () =>
    setTyped(Object.fromEntries(field.parts.map((part) => [part.id, typedOf(part, held[part.id])])));

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
      <FormFields id={id} fields={field.parts} typed={typed} faults={faults} onType={type} />
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
