/** The boxes of a part: those that hold something, and the rest on demand, so that it reads like a letter, not a form. */
import { isEmpty } from './empty';
import type { Field, Section } from '@coplan/care-plan/plan';
import type { SectionContent, SectionDocument } from '@coplan/care-plan/sync';
import { useEffect, useState } from 'preact/hooks';
import { Box } from './Box';

interface Props {
  definition: Section;
  document: SectionDocument;
  content: SectionContent;
  /** The field to begin with: it is shown though it is empty. */
  first: string | undefined;
}

export function Boxes({ definition, document, content, first }: Props) {
  const { shown, open } = useShown(definition, content, first);
  const [opened, setOpened] = useState<string>();
  useEffect(() => {
    if (opened !== undefined) window.document.getElementById(`${document.section}.${opened}`)?.focus();
  }, [opened, document]);
  const rest = definition.fields.filter(({ id }) => !shown.includes(id));
  return (
    <>
      {shown.flatMap((id) => {
        const field = definition.fields.find((one) => one.id === id);
        return field
          ? [
              <Box
                key={id}
                document={document}
                field={field}
                path={[id]}
                stored={content.fields[id]}
                first={first}
              />,
            ]
          : [];
      })}
      {rest.length > 0 && (
        <section class="more" aria-labelledby="more">
          <h2 id="more">You can also write about</h2>
          <ul class="more__fields">
            {rest.map((field) => (
              <li key={field.id}>
                <More
                  field={field}
                  onOpen={() => {
                    open(field.id);
                    setOpened(field.id);
                  }}
                />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function More({ field, onOpen }: { field: Field; onOpen: () => void }) {
  return (
    <button class="button button--plain" type="button" onClick={onOpen}>
      <span aria-hidden="true">+ </span>
      {field.label}
    </button>
  );
}

/**
 * The fields that are shown, in their order. One that somebody else begins to fill comes last: nothing that I am reading
 * moves.
 */
function useShown(definition: Section, content: SectionContent, first: string | undefined) {
  const filled = definition.fields
    .filter((field) => !isEmpty(field, content.fields[field.id]) || field.id === first?.split('/')[0])
    .map(({ id }) => id);
  const [shown, setShown] = useState(filled);
  const come = filled.filter((id) => !shown.includes(id));
  const key = come.join();
  useEffect(() => {
    if (key !== '') setShown((all) => [...all, ...key.split(',').filter((id) => !all.includes(id))]);
  }, [key]);
  return { shown, open: (id: string) => setShown((all) => [...all, id]) };
}
