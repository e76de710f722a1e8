import type { Patch } from '@automerge/automerge/slim';
import { describe, expect, it } from 'vitest';
import { moveOffset, textChanged } from './offsets';

const path = ['fields', 'about'];
const insert = (at: number, value: string): Patch => ({ action: 'splice', path: [...path, at], value });
const remove = (at: number, length: number): Patch => ({ action: 'del', path: [...path, at], length });

describe('a caret in a text that others write', () => {
  it('moves with what is written and deleted before it, and stays for what comes after', () => {
    expect(moveOffset(5, [insert(2, 'abc')], path)).toBe(8);
    expect(moveOffset(5, [insert(7, 'abc')], path)).toBe(5);
    expect(moveOffset(5, [remove(0, 3)], path)).toBe(2);
    expect(moveOffset(5, [remove(3, 10)], path)).toBe(3);
  });

  it('stays before what is written exactly where it stands', () => {
    expect(moveOffset(5, [insert(5, 'abc')], path)).toBe(5);
  });

  it('minds only its own text', () => {
    expect(moveOffset(5, [{ action: 'splice', path: ['fields', 'other', 0], value: 'abc' }], path)).toBe(5);
    expect(textChanged([insert(0, 'a')], ['fields', 'other'])).toBe(false);
    expect(textChanged([insert(0, 'a')], path)).toBe(true);
  });
});
