import { describe, expect, it } from 'vitest';
import { type Draft, saveStatus, type SectionFacts, statusWords } from './saveStatus';

const section = (facts: Partial<SectionFacts> = {}): SectionFacts => ({
  section: 'about-me',
  title: 'About me',
  waiting: 0,
  ...facts,
});
const words = (
  connection: Parameters<typeof saveStatus>[0],
  sections: SectionFacts[],
  drafts: Draft[] = [],
) => statusWords(saveStatus(connection, sections, drafts));

describe('the save status', () => {
  it('says saved only when the hub has everything and nothing is being typed', () => {
    expect(words('online', [section(), section()])).toBe('Saved');
    expect(words('online', [section({ waiting: 1 }), section()])).toBe('Saving');
    expect(words('online', [section()], [{ label: 'Phone' }])).toBe('Saving');
  });

  it('counts what waits while there is no network', () => {
    expect(words('offline', [section({ waiting: 2 }), section({ waiting: 1 })])).toBe(
      'Offline, 3 changes waiting',
    );
    expect(words('offline', [section({ waiting: 1 })])).toBe('Offline, 1 change waiting');
    expect(words('offline', [section()])).toBe('Offline, nothing waiting');
  });

  it('never calls a change saved while a connection is only being tried', () => {
    expect(words('connecting', [section({ waiting: 1 })])).toBe('Saving');
  });

  it('says a refusal before anything else, with its reason', () => {
    const status = saveStatus(
      'offline',
      [section({ waiting: 4, refused: { reason: 'the list is full' } })],
      [],
    );
    expect(statusWords(status)).toBe('Not saved: About me: the list is full');
    expect(status).toMatchObject({ kind: 'not-saved', section: 'about-me' });
  });

  it('says that a session has ended, and what is kept', () => {
    expect(saveStatus('signed-out', [section({ waiting: 2 })], [])).toMatchObject({
      kind: 'not-saved',
      remedy: 'Sign in again. 2 changes kept on this device.',
    });
  });

  it('says which field is wrong rather than saved', () => {
    expect(words('online', [section()], [{ label: 'Telephone', fault: 'must be a telephone number' }])).toBe(
      'Not saved: Telephone must be a telephone number',
    );
  });
});
