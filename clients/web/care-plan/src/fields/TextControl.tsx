import { moveOffset, read, setText, textChanged } from '../sync';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { fit } from './fit';
import { controlId, type FieldPlace } from './place';

/**
 * A text that several people write at once.
 *
 * The box always shows the document: what others write appears at once, and my caret and selection stay at the words
 * where I put them. While a word is composed (accents, many scripts) the box is left alone; what came meanwhile is
 * merged in when it is done. Escape takes back what I wrote since I came, unless others wrote here since.
 */
export function TextControl({
  document,
  field,
  path,
  stored,
  describedBy,
}: FieldPlace & { describedBy?: string | undefined }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const text = String(read(stored) ?? '');
  const own = useRef({
    composing: false,
    composedFrom: '',
    missed: false,
    writing: false,
    before: text,
    othersWrote: false,
  });

  const send = () => {
    const area = box.current;
    if (!area) return;
    own.current.writing = true;
    document.change((content) => setText(content, path, area.value));
    own.current.writing = false;
    fit(area);
  };

  useEffect(() => {
    const whole = ['fields', ...path];
    return document.onChange((patches) => {
      const area = box.current;
      if (!area || own.current.writing || !textChanged(patches, whole)) return;
      own.current.othersWrote = true;
      if (own.current.composing) {
        own.current.missed = true;
        return;
      }
      showText(area, textAt(document, path), (offset) => moveOffset(offset, patches, whole));
    });
  }, [document, path]);

  // A rendering may lag behind the keys: what counts is the document as it is now, never the text that was rendered.
  useLayoutEffect(() => {
    const area = box.current;
    if (!area) return;
    const now = textAt(document, path);
    if (!own.current.composing && area.value !== now)
      showText(area, now, (offset) => Math.min(offset, now.length));
    fit(area);
  });

  const endComposition = () => {
    const { current } = own;
    current.composing = false;
    if (!current.missed) return send();
    current.missed = false;
    mergeComposed(box.current, document, path, current.composedFrom, send);
  };

  const undo = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || own.current.composing) return;
    event.stopPropagation();
    const area = box.current;
    if (!area) return;
    if (!own.current.othersWrote && area.value !== own.current.before) {
      area.value = own.current.before;
      send();
    }
    area.blur();
  };

  return (
    <textarea
      class="nhsuk-textarea quiet-box"
      id={controlId(document, path)}
      ref={box}
      rows={1}
      maxLength={field.max_chars ?? undefined}
      aria-describedby={describedBy}
      onFocus={() => Object.assign(own.current, { before: textAt(document, path), othersWrote: false })}
      onInput={() => own.current.composing || send()}
      onCompositionStart={() =>
        Object.assign(own.current, { composing: true, composedFrom: box.current?.value ?? '' })
      }
      onCompositionEnd={endComposition}
      onKeyDown={undo}
    />
  );
}

/** Puts `text` into the box; if it has the focus, the selection goes where the words went. */
function showText(area: HTMLTextAreaElement, text: string, move: (offset: number) => number): void {
  if (area.value === text) return;
  const { selectionStart, selectionEnd, selectionDirection, scrollTop } = area;
  area.value = text;
  if (area.ownerDocument.activeElement === area) {
    area.setSelectionRange(move(selectionStart), move(selectionEnd), selectionDirection);
  }
  area.scrollTop = scrollTop;
  fit(area);
}

/** Writes a composed word into a text that others changed meanwhile: only what I composed, where I composed it. */
function mergeComposed(
  area: HTMLTextAreaElement | null,
  document: FieldPlace['document'],
  path: FieldPlace['path'],
  shown: string,
  send: () => void,
): void {
  if (!area) return;
  const typed = area.value;
  let start = 0;
  while (start < shown.length && start < typed.length && shown[start] === typed[start]) start += 1;
  let end = 0;
  while (
    end < shown.length - start &&
    end < typed.length - start &&
    shown.at(-1 - end) === typed.at(-1 - end)
  )
    end += 1;
  const composed = typed.slice(start, typed.length - end);
  const now = textAt(document, path);
  const at = now.startsWith(shown.slice(0, start)) ? start : Math.max(0, now.length - end);
  area.value = now.slice(0, at) + composed + now.slice(at);
  area.setSelectionRange(at + composed.length, at + composed.length);
  send();
}

function textAt(document: FieldPlace['document'], path: FieldPlace['path']): string {
  let value: unknown = document.state.value.content?.fields;
  for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step];
  return String(read(value) ?? '');
}
