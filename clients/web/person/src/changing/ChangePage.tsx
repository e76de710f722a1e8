/** Where a part of the plan is written, together with whoever else writes in it at the same time. */
import { SaveStatus, SessionContext } from '@coplan/care-plan/fields';
import type { Section } from '@coplan/care-plan/plan';
import { type PlanSession, type SectionDocument, useSection } from '@coplan/care-plan/sync';
import { useEffect, useRef } from 'preact/hooks';
import { paths } from '../api';
import type { ChangePageProps } from '../pageProps';
import { useTitle } from '../shell/useTitle';
import { useAsked } from '../useAsked';
import { Boxes } from './Boxes';
import { DisputesContext } from './disputes';
import { Refused } from './Refused';
import { UndoLast } from './UndoLast';
import { useDisputes } from './useDisputes';
import { useSectionSession } from './useSectionSession';
import { WhoIsHere } from './WhoIsHere';
import './changing.scss';

export function ChangePage({ plan, whose, lose, section, field }: ChangePageProps) {
  const heading = useTitle(section.title);
  const { asked } = useAsked<{ sections: Section[] }>(paths.sections);
  const session = useSectionSession(plan, section, lose);
  const definition =
    asked.at === 'there' ? asked.value.sections.find(({ id }) => id === section.section) : undefined;
  const document = session?.section(section.section);
  return (
    <main class="page changing" id="main" tabIndex={-1}>
      <p>
        <a href={`/person/plans/${plan.id}`}>‹ {whose.Plan}</a>
      </p>
      <h1 tabIndex={-1} ref={heading}>
        {section.title}
      </h1>
      {asked.at === 'trouble' && (
        <p class="problem" role="alert">
          This page could not be opened. Nothing has happened to {whose.plan}. Try again later.
        </p>
      )}
      {asked.at !== 'trouble' && (!definition || !document || !session) && <p role="status">Opening…</p>}
      {definition && document && session && (
        <SessionContext.Provider value={session}>
          <Writing
            definition={definition}
            document={document}
            session={session}
            first={field}
            done={plan.id}
          />
        </SessionContext.Provider>
      )}
    </main>
  );
}

interface WritingProps {
  definition: Section;
  document: SectionDocument;
  session: PlanSession;
  /** The field to begin with. */
  first: string | undefined;
  /** The plan to go back to. */
  done: string;
}

function Writing({ definition, document, session, first, done }: WritingProps) {
  const { phase, content } = useSection(document);
  const disputes = useDisputes(definition, document, session);
  const isReady = phase === 'ready' && content !== undefined;
  useFocusOn(first, document, isReady);
  useEffect(() => session.moveTo(document.section, null), [session, document]);
  return (
    <DisputesContext.Provider value={disputes}>
      <p class="lead">{definition.summary} What you write is saved as you write it.</p>
      <div class="changing__bar">
        <SaveStatus />
        <WhoIsHere section={document.section} />
      </div>
      <Refused document={document} />
      {phase === 'loading' && <p role="status">Opening…</p>}
      {phase === 'unavailable' && (
        <p class="problem" role="alert">
          This part cannot be opened now. What you wrote before is kept on this device. Try again when there
          is a signal.
        </p>
      )}
      {isReady && <Boxes definition={definition} document={document} content={content} first={first} />}
      {isReady && <UndoLast document={document} />}
      <p>
        <a class="button" href={`/person/plans/${done}`}>
          Done
        </a>
      </p>
    </DisputesContext.Provider>
  );
}

/** Takes whoever came to change one thing to that thing, once it is there. */
function useFocusOn(first: string | undefined, { section }: SectionDocument, isReady: boolean) {
  const done = useRef(false);
  useEffect(() => {
    if (!isReady || done.current || !first) return;
    done.current = true;
    const at = document.getElementById(`${section}.${first.split('/').join('.')}`);
    at?.scrollIntoView({ block: 'center' });
    at?.focus({ preventScroll: true });
  }, [isReady, first, section]);
}
