import type { PathAuthor, ViewField, ViewSection } from '@coplan/care-plan/plan';
import type { ComponentChildren } from 'preact';
import { useMe } from '../me';
import { Fields, Inside } from './Fields';
import { whoWrote } from './wrote';

interface Props {
  section: ViewSection;
  authors: PathAuthor[];
  /** Where a field of it is changed; nothing where the reader may not. */
  change: ((field: string) => string) | undefined;
}

/** A part of the plan that reads like a letter: short paragraphs, each under its heading, with who wrote it. */
export function LetterSection({ section, authors, change }: Props) {
  const prose = section.fields.filter(isProse);
  const others = section.fields.filter((field) => !isProse(field));
  return (
    <div class="letter">
      {prose.map((field) => (
        <Paragraph key={field.field} field={field} authors={authors} change={change} />
      ))}
      <Fields fields={others} />
    </div>
  );
}

const isProse = (field: ViewField): boolean => field.type === 'text';

function Paragraph({ field, authors, change }: { field: ViewField } & Omit<Props, 'section'>) {
  const me = useMe();
  const wrote = whoWrote(authors, field.field, me.user.id);
  return (
    <section
      class={field.disputed ? 'letter__part field--disputed' : 'letter__part'}
      aria-labelledby={`p-${field.field}`}
    >
      <h3 id={`p-${field.field}`}>{field.label}</h3>
      <div class="letter__words">
        <Inside of={field} />
      </div>
      <Foot>
        {wrote && <bdi>{wrote}</bdi>}
        {change && (
          <a class="change" href={change(field.field)}>
            Change this<span class="for-ear">: {field.label}</span>
          </a>
        )}
      </Foot>
    </section>
  );
}

/** Who wrote it, and the way to change it. */
export function Foot({ children }: { children: ComponentChildren }) {
  return <p class="quiet letter__foot">{children}</p>;
}
