import { describe, expect, it } from 'vitest';
import { field } from '../plan/definition.fixtures';
import { dateParts, parseDate, parseInput } from './input';

const line = field({ id: 'l', type: 'line', max_chars: 10 });
const phone = field({ id: 'p', type: 'phone' });
const minutes = field({ id: 'm', type: 'integer', min: 5, max: 30 });
const level = field({ id: 'd', type: 'decimal', min: 0, max: null });

describe('what is typed into a field', () => {
  it('clears when nothing is left', () => {
    expect(parseInput(line, '   ')).toEqual({ cleared: true });
    expect(parseDate({ day: '', month: ' ', year: '' })).toEqual({ cleared: true });
  });

  it('tidies a line: one line, no marks that turn the direction of writing', () => {
    expect(parseInput(line, ' a\n b\u202e ')).toEqual({ value: 'a b' });
    expect(parseInput(line, 'eleven char')).toEqual({ fault: 'must be 10 characters or fewer' });
  });

  it('takes telephone numbers as people write them', () => {
    expect(parseInput(phone, '020-7946-0018')).toEqual({ value: '020 7946 0018' });
    expect(parseInput(phone, '+44 (0)20 7946 0018 x12')).toEqual({ value: '+44 (0)20 7946 0018 ext12' });
    expect(parseInput(phone, '999')).toEqual({ value: '999' });
    expect(parseInput(phone, 'ring Ben')).toMatchObject({
      fault: expect.stringContaining('telephone number'),
    });
  });

  it('keeps numbers to their kind and range', () => {
    expect(parseInput(minutes, '30')).toEqual({ value: 30 });
    expect(parseInput(minutes, '31')).toEqual({ fault: 'must be between 5 and 30' });
    expect(parseInput(minutes, '7.5')).toEqual({ fault: 'must be a whole number' });
    expect(parseInput(minutes, 'soon')).toEqual({ fault: 'must be a number' });
    expect(parseInput(level, '-1')).toEqual({ fault: 'must be 0 or more' });
    expect(parseInput(level, '8.2')).toEqual({ value: 8.2 });
    expect(parseInput(level, '0x10')).toEqual({ fault: 'must be a number' });
  });

  it('takes only real dates', () => {
    expect(parseDate({ day: '1', month: '2', year: '2026' })).toEqual({ value: '2026-02-01' });
    expect(parseDate({ day: '31', month: '2', year: '2026' })).toMatchObject({
      fault: expect.stringContaining('real date'),
    });
    expect(parseDate({ day: '1', month: '', year: '2026' })).toMatchObject({
      fault: expect.stringContaining('day, a month'),
    });
    expect(dateParts('2026-02-01')).toEqual({ day: '1', month: '2', year: '2026' });
  });
});
