/** Those who act for the person, and what the person keeps from each of them. */
import { type Acting, formatMoment, type Keepable, type Sharing } from '@coplan/care-plan/plan';
import type { Whose } from '../whose';
import { TwoSteps } from './TwoSteps';

/** What the person wants of one who acts for them and one section. */
export interface Limit {
  acting: Acting;
  section: Keepable;
  /** `false`: they see it again. */
  keep: boolean;
}

interface Props {
  sharing: Sharing;
  whose: Whose;
  busy: boolean;
  onLimit: (limit: Limit) => void;
}

export function ActingPart({ sharing, whose, busy, onLimit }: Props) {
  const { acting, keepable, may_keep } = sharing;
  if (acting.length === 0 || keepable.length === 0) return null;
  return (
    <section class="panel acting" aria-labelledby="acting">
      <h2 id="acting">{whose.own ? 'Who acts for you' : 'What you see'}</h2>
      {acting.map((one) => (
        <div class="acting__one" key={one.account}>
          <h3>
            <bdi>{one.name}</bdi>
          </h3>
          <p class="quiet">
            <bdi>{one.basis}</bdi>, until {dayOf(one.until)}
          </p>
          {keepable.map((section) => {
            const kept = one.kept.includes(section.section);
            return (
              // Changed, it is another question.
              <div class="acting__part" key={`${section.section} ${kept}`}>
                <p>{whose.own ? own(one, section, kept) : theirs(whose, section, kept)}</p>
                {may_keep && (
                  <LimitButton
                    acting={one}
                    title={section.title}
                    kept={kept}
                    busy={busy}
                    onYes={() => onLimit({ acting: one, section, keep: !kept })}
                  />
                )}
              </div>
            );
          })}
        </div>
      ))}
    </section>
  );
}

/** What was done, for the top of a page on which it stands far below. */
export function doneWords({ acting, section, keep }: Limit) {
  return (
    <>
      Changed. <Name of={acting} /> {keep ? 'no longer sees' : 'now sees'} {section.title}.
    </>
  );
}

/** What holds, as the person reads it. */
function own(acting: Acting, { title }: Keepable, kept: boolean) {
  return kept ? (
    <>
      You keep <strong>{title}</strong> between you and your team. <Name of={acting} /> does not see it.
    </>
  ) : (
    <>
      <Name of={acting} /> sees and can change: <strong>{title}</strong>
    </>
  );
}

/** What holds, as the one reads it who acts. */
function theirs({ name }: Whose, { title }: Keepable, kept: boolean) {
  return kept ? (
    <>
      <bdi>{name}</bdi> keeps <strong>{title}</strong> between them and their team.
    </>
  ) : (
    <>
      You see and can change: <strong>{title}</strong>
    </>
  );
}

interface LimitButtonProps {
  acting: Acting;
  title: string;
  kept: boolean;
  busy: boolean;
  onYes: () => void;
}

function LimitButton({ acting, title, kept, busy, onYes }: LimitButtonProps) {
  return kept ? (
    <TwoSteps
      label={
        <>
          Let <Name of={acting} /> see {title}
        </>
      }
      yes={
        <>
          Yes, let <Name of={acting} /> see it
        </>
      }
      no="No, leave it as it is"
      busy={busy}
      onYes={onYes}
    >
      <p>
        <Name of={acting} /> can then read and change all of it, also what you wrote while it was kept.
      </p>
    </TwoSteps>
  ) : (
    <TwoSteps
      label={
        <>
          Keep {title} from <Name of={acting} />
        </>
      }
      yes={
        <>
          Yes, keep it from <Name of={acting} />
        </>
      }
      no="No, leave it as it is"
      busy={busy}
      onYes={onYes}
    >
      <ul class="effect">
        <li>Your team still sees it.</li>
        <li>
          <Name of={acting} /> no longer sees or changes it: not in this app, not on paper from it, and not on
          any phone or computer once that has a signal.
        </li>
        <li>
          What <Name of={acting} /> has already read or printed cannot be taken back.
        </li>
      </ul>
    </TwoSteps>
  );
}

function Name({ of }: { of: Acting }) {
  return <bdi>{of.name}</bdi>;
}

const dayOf = (moment: string): string => formatMoment(moment).split(',')[0] ?? '';
