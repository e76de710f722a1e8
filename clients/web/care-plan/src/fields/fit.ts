/** As high as its words, so that a text is read without scrolling in a box. */
export function fit(area: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return;
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight + 4}px`;
}
