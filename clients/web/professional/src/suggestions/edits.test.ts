import { describe, expect, it } from 'vitest';
import { code, field } from '@coplan/care-plan/fixtures';
import { boxesOf, editWith, isEditable, proposeField, proposeItem, proposeItemChange } from './edits';

const place = field({
  id: 'place',
  type: 'coded',
  required: true,
  codes: [code('home', 'Home'), code('hospice', 'Hospice')],
});
const about = field({ id: 'about', type: 'text' });
const contacts = field({
  id: 'contacts',
  type: 'list',
  items: [field({ id: 'name', type: 'line', required: true }), field({ id: 'phone', type: 'phone' })],
});

describe('a proposal', () => {
  it('is the edit that the server would make', () => {
    expect(proposeField(place, { place: 'home' }, { place: 'hospice' }).edits).toEqual([
      { set: { field: 'place', value: 'hospice' } },
    ]);
    expect(proposeField(place, { place: 'home' }, { place: '' }).edits).toEqual([
      { clear: { field: 'place' } },
    ]);
    expect(proposeField(about, {}, { about: 'Tea' }).edits).toEqual([
      { 'set-text': { field: 'about', text: 'Tea' } },
    ]);
  });

  it('is nothing where nothing is different', () => {
    expect(proposeField(place, { place: 'home' }, { place: 'home' }).edits).toEqual([]);
    expect(proposeItem(contacts, {}).edits).toEqual([]);
  });

  it('adds a whole item, with an id of its own', () => {
    const [edit] = proposeItem(contacts, { name: 'Ada', phone: '020 7946 0018' }).edits;
    expect(edit).toMatchObject({
      'add-item': { field: 'contacts', values: { name: 'Ada', phone: '020 7946 0018' } },
    });
    expect(edit && 'add-item' in edit && edit['add-item'].id).toMatch(/^[a-z0-9-]{1,64}$/);
  });

  it('changes only those fields of an item that are different', () => {
    const before = { name: 'Ada', phone: '020 7946 0018' };
    expect(proposeItemChange(contacts, 'c1', before, { name: 'Ada', phone: '' }).edits).toEqual([
      { 'set-item': { field: 'contacts', item: 'c1', subfield: 'phone', value: null } },
    ]);
    expect(proposeItemChange(contacts, 'c1', before, { name: '', phone: '' }).faults).toEqual({
      name: 'must be filled in',
    });
  });

  it('can be accepted with other values, and keeps what it points at', () => {
    const edit = { 'set-item': { field: 'contacts', item: 'c1', subfield: 'name', value: 'Ada' } };
    expect(boxesOf(edit, contacts).values).toEqual({ name: 'Ada' });
    expect(editWith(edit, contacts, { name: 'Ada Lovell' }).edits).toEqual([
      { 'set-item': { field: 'contacts', item: 'c1', subfield: 'name', value: 'Ada Lovell' } },
    ]);
    expect(editWith({ set: { field: 'place', value: 'home' } }, place, { place: 'hospice' }).edits).toEqual([
      { set: { field: 'place', value: 'hospice' } },
    ]);
    expect(isEditable({ 'remove-item': { field: 'contacts', item: 'c1', reason: 'moved' } })).toBe(false);
  });
});
