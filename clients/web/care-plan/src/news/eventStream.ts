/** Server-sent events as they come in, piece by piece: https://html.spec.whatwg.org/multipage/server-sent-events.html */

/** One event. */
export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

/** Longest line that is read; what is longer is no event of ours. */
const LINE_CHARS_MAX = 4_096;

/** Reads a stream of events: `push` takes what has come and gives the events that are whole by then. */
export class EventStream {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id = '';

  push(text: string): ServerEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerEvent[] {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    if (name === 'data') this.#data.push(value);
    if (name === 'id') this.#id = value;
    return [];
  }

  /** An empty line ends an event; one without data is none. */
  #end(): ServerEvent[] {
    const whole = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    const isEvent = this.#data.length > 0 || this.#event !== '';
    this.#event = '';
    this.#data = [];
    return isEvent ? [whole] : [];
  }
}
