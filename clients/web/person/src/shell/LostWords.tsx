import type { KeptWords } from '@coplan/care-plan/device';

/** The reader's own words that did not reach anybody before the plan, or the part, was closed to them. */
export function LostWords({ words, forget }: { words: KeptWords[]; forget: (id: string) => void }) {
  if (words.length === 0) return null;
  return (
    <section class="panel confirm" aria-labelledby="lost-words">
      <h2 id="lost-words">Words of yours that were not sent</h2>
      <p>
        You wrote them before the plan, or this part of it, was closed to you. They stay on this device for 7
        days.
      </p>
      {words.map(({ id, title, words: own }) => (
        <div class="form" key={id}>
          <label for={`lost-${id}`}>{title}</label>
          <textarea id={`lost-${id}`} readOnly rows={4} value={own} />
          <p>
            <button class="button button--plain" type="button" onClick={() => forget(id)}>
              Delete these words
            </button>
          </p>
        </div>
      ))}
    </section>
  );
}
