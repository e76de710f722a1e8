import { useState } from 'preact/hooks';
import type { Field, Section } from '@coplan/care-plan/plan';
import { useOpenPlan } from '../openPlan';
import type { Typed } from '../section/formValues';
import { proposeField, proposeItem, proposeItemChange } from './edits';
import { SuggestForm } from './SuggestForm';
import { SuggestionLine } from './SuggestionLine';

interface SuggestChangeProps {
  section: Section;
  field: Field;
  /** What stands in the boxes before anything is typed. */
  initial: Typed;
}

/** Proposes another value for a field, or one more item for a list; and what became of earlier proposals. */
export function SuggestChange({ section, field, initial }: SuggestChangeProps) {
  const [open, setOpen] = useState(false);
  const isList = field.type === 'list';
  const noun = field.item_name ?? 'item';
  return (
    <div class="suggest">
      <SuggestionsAt section={section.id} path={field.id} exact={!isList} />
      {open ? (
        <SuggestForm
          id={`suggest.${section.id}.${field.id}`}
          section={section}
          label={isList ? `Suggest a new ${noun}` : `Suggest a change to ${field.label}`}
          fields={isList ? field.items : [{ ...field, required: false }]}
          initial={isList ? {} : initial}
          propose={(typed) => (isList ? proposeItem(field, typed) : proposeField(field, initial, typed))}
          onEnd={() => setOpen(false)}
        />
      ) : (
        <button class="link-button" type="button" onClick={() => setOpen(true)}>
          {isList ? `Suggest a new ${noun}` : 'Suggest a change'}
          <span class="nhsuk-u-visually-hidden">: {field.label}</span>
        </button>
      )}
    </div>
  );
}

interface SuggestItemChangeProps {
  section: Section;
  list: Field;
  item: string;
  name: string;
  initial: Typed;
}

/** Proposes a change to one item of a list, or its removal. */
export function SuggestItemChange({ section, list, item, name, initial }: SuggestItemChangeProps) {
  const [open, setOpen] = useState<'change' | 'remove'>();
  const noun = list.item_name ?? 'item';
  const hidden = <span class="nhsuk-u-visually-hidden">: {name}</span>;
  if (!open) {
    return (
      <div class="suggest">
        <button class="link-button" type="button" onClick={() => setOpen('change')}>
          Suggest a change{hidden}
        </button>
        <button class="link-button" type="button" onClick={() => setOpen('remove')}>
          Suggest removing it{hidden}
        </button>
      </div>
    );
  }
  const removing = open === 'remove';
  return (
    <SuggestForm
      id={`suggest.${section.id}.${list.id}.${item}`}
      section={section}
      label={
        removing ? `Suggest removing this ${noun}: ${name}` : `Suggest a change to this ${noun}: ${name}`
      }
      fields={removing ? [] : list.items}
      initial={initial}
      propose={(typed, reason) =>
        removing
          ? { edits: [{ 'remove-item': { field: list.id, item, reason } }], faults: {} }
          : proposeItemChange(list, item, initial, typed)
      }
      onEnd={() => setOpen(undefined)}
    />
  );
}

/** Proposals at a field, or anywhere in a list: what waits, and what became of mine. */
function SuggestionsAt({ section, path, exact }: { section: string; path: string; exact: boolean }) {
  const { suggestions } = useOpenPlan();
  const here = (suggestions.body?.suggestions ?? []).filter(
    (one) => one.section === section && (one.path === path || (!exact && one.path.startsWith(`${path}.`))),
  );
  return (
    <>
      {here.map((suggestion) => (
        <SuggestionLine key={suggestion.id} suggestion={suggestion} />
      ))}
    </>
  );
}
