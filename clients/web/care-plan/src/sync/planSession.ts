import type { DeviceStore } from '../device';
import { Observable } from './observable';
import { type Announcement, heard, HEARTBEAT_MS, type Present, withoutTheSilent } from './presence';
import type { OpenRepo } from './repo';
import { type Draft, saveStatus, type SaveStatus } from './saveStatus';
import { SectionDocument } from './sectionDocument';

/** A section of a plan that may be synced, as the server lists it. */
export interface SyncedSection {
  section: string;
  title: string;
  url: string;
  access: 'read' | 'write';
}

/** At most so often does one page say where it is; the hub drops what comes faster than 10 a second. */
const ANNOUNCE_EVERY_MS = 400;

/** How often a silent hub is doubted while changes wait for it. */
const DOUBT_EVERY_MS = 2_000;

/** One open plan: its sections' documents, who is here, and the one save status of the page. */
export class PlanSession {
  readonly plan: string;
  readonly sections: SectionDocument[];
  readonly status = new Observable<SaveStatus>({ kind: 'saved' });
  readonly present = new Observable<Present[]>([]);
  /** Whether the hub can be reached. */
  readonly online = new Observable(false);
  /** Counts how often the hub has said that it does not give a section: rights may have changed. */
  readonly refusals = new Observable(0);
  readonly #opened: OpenRepo;
  readonly #drafts = new Map<string, Draft>();
  readonly #endings: (() => void)[] = [];
  /** Since when changes have waited for the hub without a break, in ms since 1970. */
  #waitingSince: number | undefined;
  #section: string | undefined;
  #field: string | null = null;
  /** Sections whose people have not been told where I am now. */
  readonly #untold = new Set<string>();
  #announcing: ReturnType<typeof setTimeout> | undefined;

  constructor(plan: string, sections: SyncedSection[], opened: OpenRepo, device: DeviceStore) {
    this.plan = plan;
    this.#opened = opened;
    this.sections = sections.map(
      ({ section, title, url, access }) =>
        new SectionDocument(
          { plan, section, title, url, writable: access === 'write' },
          { ...opened, device },
        ),
    );
  }

  /** Opens every section, and starts telling where I am. Ends with `close`. */
  open(): void {
    const { state, refusals } = this.#opened.connection;
    const refused = (document: string) => {
      if (this.sections.some(({ url }) => url === `automerge:${document}`))
        this.refusals.set(this.refusals.value + 1);
    };
    refusals.add(refused);
    this.#endings.push(() => refusals.delete(refused));
    for (const section of this.sections) {
      section.onAnnouncement = (peer, said) => this.#heard(section.section, peer, said);
      this.#endings.push(section.state.subscribe(this.#judge));
      void section.open();
    }
    this.#endings.push(state.subscribe(this.#judge));
    this.#endings.push(state.subscribe(() => state.value === 'online' && this.#announceEverywhere()));
    const beat = setInterval(() => {
      this.present.set(withoutTheSilent(this.present.value, Date.now()));
      this.#announceEverywhere();
    }, HEARTBEAT_MS);
    const doubt = setInterval(() => {
      if (this.#waitingSince) this.#opened.connection.doubt(this.#waitingSince);
    }, DOUBT_EVERY_MS);
    this.#endings.push(() => clearInterval(doubt));
    window.addEventListener('pagehide', this.#leave);
    this.#endings.push(() => clearInterval(beat));
    this.#endings.push(() => window.removeEventListener('pagehide', this.#leave));
    this.#judge();
  }

  close(): void {
    this.#leave();
    // What was being typed is written into a document when its box goes away, which is after this.
    setTimeout(() => {
      for (const section of this.sections) section.remember();
    });
    for (const end of this.#endings) end();
    this.#endings.length = 0;
  }

  section(id: string): SectionDocument | undefined {
    return this.sections.find((section) => section.section === id);
  }

  /** I look at this section, and am in this field of it. */
  moveTo(section: string, field: string | null): void {
    if (this.#section === section && this.#field === field) return;
    if (this.#section) this.#untold.add(this.#section);
    this.#untold.add(section);
    this.#section = section;
    this.#field = field;
    this.#announceSoon();
  }

  /** Says that a field is being filled in, and what is wrong with it, or that it is done. */
  setDraft(field: string, draft: Draft | undefined): void {
    if (draft) this.#drafts.set(field, draft);
    else if (!this.#drafts.delete(field)) return;
    this.#judge();
  }

  #judge = (): void => {
    this.online.set(this.#opened.connection.state.value === 'online');
    const facts = this.sections.map(({ section, title, state }) => {
      const { waiting, refused } = state.value;
      return { section, title, waiting, refused };
    });
    const waits = facts.some(({ waiting, refused }) => waiting > 0 && !refused);
    this.#waitingSince = waits ? (this.#waitingSince ?? Date.now()) : undefined;
    const next = saveStatus(this.#opened.connection.state.value, facts, [...this.#drafts.values()]);
    if (JSON.stringify(next) !== JSON.stringify(this.status.value)) this.status.set(next);
  };

  #heard(section: string, peer: string, said: Announcement): void {
    const known = (all: Present[]) => all.some((one) => one.peer === peer);
    const before = known(this.present.value);
    this.present.set(heard(this.present.value, peer, section, said, Date.now()));
    if (!before && known(this.present.value)) this.#announceEverywhere();
  }

  /** Where I am, to everybody at any section. */
  #announceEverywhere = (): void => {
    for (const { section } of this.sections) this.#untold.add(section);
    this.#announceSoon();
  };

  /** Gathers moves, so that somebody who tabs through a page does not flood the others. */
  #announceSoon(): void {
    this.#announcing ??= setTimeout(() => {
      this.#announcing = undefined;
      for (const section of this.sections) {
        if (!this.#untold.delete(section.section)) continue;
        const here = section.section === this.#section;
        section.announce({ kind: 'presence', here, field: here ? this.#field : null });
      }
    }, ANNOUNCE_EVERY_MS);
  }

  #leave = (): void => {
    clearTimeout(this.#announcing);
    for (const section of this.sections) section.leave();
    for (const section of this.sections)
      section.announce({ kind: 'presence', here: false, field: null, leaving: true });
  };
}
