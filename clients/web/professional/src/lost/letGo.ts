/**
 * Letting go of what may no longer be read: what its reader typed and never sent is taken out and kept for them, and all
 * the rest is deleted from this device.
 */
import type { DeviceStore } from '@coplan/care-plan/device';
import { openHeld, type OpenRepo, openRepo, type SectionDocument } from '@coplan/care-plan/sync';
import { type Plan, type PlanId, sessionStands } from '../api';
import type { Section } from '@coplan/care-plan/plan';
import { wordsOf, wordsOfCommand } from './wordsOf';

/** The hub asks for what somebody typed who may not read any more, for a colleague to salvage; so long it has for that. */
const HANDING_OVER_MS = 2_000;

let repo: Promise<OpenRepo> | undefined;

/** The one repo of this page. */
export function theRepo(user: string): Promise<OpenRepo> {
  repo ??= openRepo(user, sessionStands).catch((problem: unknown) => {
    // It may be there the next time that it is asked for.
    repo = undefined;
    throw problem;
  });
  return repo;
}

/** Lets go of some sections of a plan. */
export async function letSectionsGo(
  device: DeviceStore,
  documents: SectionDocument[],
  definitions: Section[],
): Promise<void> {
  // What was being typed is written into the document when its box goes away.
  await new Promise((resume) => setTimeout(resume, 0));
  const unsent = documents.filter((document) => document.unsent().length > 0);
  for (const document of unsent) await keepWords(device, document, definitions);
  if (unsent.length > 0) await new Promise((resume) => setTimeout(resume, HANDING_OVER_MS));
  await Promise.all(documents.map((document) => document.forget()));
}

/** Keeps what was typed into a document and never sent. */
export async function keepWords(
  device: DeviceStore,
  document: SectionDocument,
  definitions: Section[],
): Promise<void> {
  const definition = definitions.find(({ id }) => id === document.section);
  await keep(device, document.plan, document.title, wordsOf(definition, document.unsent()));
}

/** Lets go of a whole plan. `documents` are those that stand open; without them, what this device holds is read. */
export async function letPlanGo(
  device: DeviceStore,
  plan: PlanId,
  definitions: Section[],
  documents?: SectionDocument[],
): Promise<void> {
  await letSectionsGo(device, documents ?? (await held(device, plan)), definitions);
  for (const command of await device.commands(plan))
    await keep(device, plan, 'A decision that waited', wordsOfCommand(command));
  await device.forgetPlan(plan);
}

/** Lets go of sections that this device holds of a plan and that the plan does not list for its reader. */
export async function letUnlistedGo(device: DeviceStore, plan: Plan, definitions: Section[]): Promise<void> {
  const listed = new Set(plan.sections.map(({ url }) => url));
  await letSectionsGo(device, await held(device, plan.id, listed), definitions);
  for (const url of (await device.standingsOf(plan.id)).keys())
    if (!listed.has(url)) await device.forgetDocument(url);
}

/** Sections of a plan, but for those that stand open, in which something waits on this device; read without the server. */
const held = (device: DeviceStore, plan: PlanId, open?: ReadonlySet<string>): Promise<SectionDocument[]> =>
  openHeld(device, plan, () => theRepo(device.user), open);

async function keep(device: DeviceStore, plan: string, title: string, words: string): Promise<void> {
  if (words.trim() === '') return;
  await device.keepWords({ id: crypto.randomUUID(), plan, title, words, at: new Date().toISOString() });
}
