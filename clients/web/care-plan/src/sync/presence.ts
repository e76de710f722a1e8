/** Who somebody is, as the server knows it; the hub stamps it on every announcement. */
export interface Identity {
  user: string;
  name: string;
  jobTitle: string;
  organisationName: string;
}

/** What a client says of itself, and hears of others: where it is. The hub adds `identity`. */
export type Announcement = {
  kind: 'presence';
  /** The path of the field it is in: `about`, or `contacts/<item>/phone`. `null`: in none. */
  field: string | null;
  /** Whether it is this section that it looks at. */
  here: boolean;
  /** It goes away now. */
  leaving?: true;
  identity?: Identity;
};

/** Somebody at a section of the plan. */
export interface Present extends Identity {
  peer: string;
  section: string;
  field: string | null;
  here: boolean;
  heardAt: number;
}

/** How often everybody says where they are. */
export const HEARTBEAT_MS = 10_000;
/** After how long a silence somebody counts as gone. */
export const GONE_AFTER_MS = 30_000;
/** How many colours tell people apart; name and initials always stand beside them. */
export const COLOURS = 6;

/** Reads an announcement from a message of unknown shape; nothing is trusted but what the hub stamps. */
export function readAnnouncement(message: unknown): Announcement | undefined {
  const { kind, field, here, leaving, identity } = (message ?? {}) as Record<string, unknown>;
  if (kind !== 'presence') return undefined;
  const announcement: Announcement = {
    kind,
    field: typeof field === 'string' ? field : null,
    here: here === true || typeof field === 'string',
  };
  if (leaving === true) announcement.leaving = true;
  const known = readIdentity(identity);
  if (known) announcement.identity = known;
  return announcement;
}

function readIdentity(identity: unknown): Identity | undefined {
  const { user, name, job_title, organisation_name } = (identity ?? {}) as Record<string, unknown>;
  if (typeof user !== 'string' || typeof name !== 'string') return undefined;
  return { user, name, jobTitle: text(job_title), organisationName: text(organisation_name) };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Who is present after somebody announced something. */
export function heard(
  all: Present[],
  peer: string,
  section: string,
  said: Announcement,
  now: number,
): Present[] {
  const others = all.filter((one) => one.peer !== peer || one.section !== section);
  if (said.leaving || !said.identity) return others;
  return [...others, { ...said.identity, peer, section, field: said.field, here: said.here, heardAt: now }];
}

/** Who is still present, given the silence since. The same list if nobody has gone. */
export function withoutTheSilent(all: Present[], now: number): Present[] {
  const left = all.filter((one) => now - one.heardAt < GONE_AFTER_MS);
  return left.length === all.length ? all : left;
}

/** Each person once, however many windows they have open, by name; where they are looked for first. */
export function people(all: Present[]): Present[] {
  const byUser = new Map<string, Present>();
  for (const one of all) {
    const seen = byUser.get(one.user);
    if (!seen || rank(one) > rank(seen)) byUser.set(one.user, one);
  }
  return [...byUser.values()].sort((a, b) => a.name.localeCompare(b.name));
}

const rank = (one: Present): number => (one.field ? 2 : one.here ? 1 : 0);

/** `Dr Aisha Bello` is `AB`. */
export function initials(name: string): string {
  const words = name
    .split(/\s+/)
    .filter((word) => word && !/^(dr|mr|mrs|ms|miss|prof|professor|sister|nurse)\.?$/i.test(word));
  const first = [...(words[0] ?? name)][0] ?? '';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** The colour of a person, always the same for the same user, on every screen. */
export function colour(user: string): number {
  let hash = 0;
  for (const character of user) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % COLOURS;
}
