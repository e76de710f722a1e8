import { describe, expect, it } from 'vitest';
import {
  GONE_AFTER_MS,
  heard,
  initials,
  people,
  type Present,
  readAnnouncement,
  withoutTheSilent,
} from './presence';

const identity = {
  user: 'u1',
  name: 'Aisha Bello',
  job_title: 'Nurse',
  organisation_name: 'Hospice',
  organisation: 'X1',
};
const said = readAnnouncement({ kind: 'presence', here: true, field: 'about', identity });

describe('presence', () => {
  it('believes only the identity that the hub stamps', () => {
    expect(said?.identity?.organisationName).toBe('Hospice');
    expect(readAnnouncement({ kind: 'presence', field: 4, identity: { user: 7 } })).toEqual({
      kind: 'presence',
      field: null,
      here: false,
    });
    expect(readAnnouncement({ kind: 'refused' })).toBeUndefined();
    expect(readAnnouncement(null)).toBeUndefined();
  });

  it('keeps who was heard, and lets go who fell silent or left', () => {
    const all = heard([], 'peer-1', 'about-me', said!, 1000);
    expect(all).toHaveLength(1);
    expect(withoutTheSilent(all, 1000 + GONE_AFTER_MS - 1)).toBe(all);
    expect(withoutTheSilent(all, 1000 + GONE_AFTER_MS)).toEqual([]);
    expect(heard(all, 'peer-1', 'about-me', { ...said!, leaving: true }, 1001)).toEqual([]);
  });

  it('counts a person once, and where they write first', () => {
    const at = (peer: string, field: string | null): Present => ({
      ...said!.identity!,
      peer,
      section: 's',
      field,
      here: true,
      heardAt: 0,
    });
    expect(people([at('a', null), at('b', 'about')])).toMatchObject([{ peer: 'b', field: 'about' }]);
  });

  it('makes initials of names in any script, without titles', () => {
    expect(initials('Dr Aisha Bello')).toBe('AB');
    expect(initials('Zoë')).toBe('Z');
    expect(initials('李 小龙')).toBe('李小');
    expect(initials('')).toBe('');
  });
});
