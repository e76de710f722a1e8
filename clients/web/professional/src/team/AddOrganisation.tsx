import { useState } from 'preact/hooks';
import { paths } from '../api';
import { useAsked } from '../history/useAsked';
import { kindWords, type Organisation } from './team';

interface AddOrganisationProps {
  /** Codes of those that are there already. */
  there: string[];
  onAdd: (code: string) => Promise<void>;
}

/** Adds an organisation that looks after the person. */
export function AddOrganisation({ there, onAdd }: AddOrganisationProps) {
  const { body } = useAsked<Organisation[]>(paths.organisations);
  const [code, setCode] = useState('');
  const offered = (body ?? [])
    .filter((one) => !there.includes(one.code))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en-GB'));
  if (offered.length === 0) return null;
  const add = (event: Event) => {
    event.preventDefault();
    if (code !== '') void onAdd(code).then(() => setCode(''));
  };
  return (
    <form class="add-row" onSubmit={add}>
      <div>
        <label class="nhsuk-label" for="organisation">
          Add an organisation
        </label>
        <select
          class="nhsuk-select"
          id="organisation"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        >
          <option value="">Choose one</option>
          {offered.map((one) => (
            <option key={one.code} value={one.code}>
              {one.name} ({kindWords(one.kind)}, {one.code})
            </option>
          ))}
        </select>
      </div>
      <button class="nhsuk-button nhsuk-button--secondary" type="submit" disabled={code === ''}>
        Add
      </button>
    </form>
  );
}
