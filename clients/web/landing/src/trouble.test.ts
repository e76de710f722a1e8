import { describe, expect, it } from 'vitest';
import { returnOf, troubleOf } from './trouble';

describe('a sign-in that did not come about', () => {
  it.each(['sign-in-failed', 'proofing-too-low', 'no-account', 'no-role', 'launch-failed', 'expired'])(
    'is_told_in_plain_words_with_what_to_do: %s',
    (code) => {
      const trouble = troubleOf(`?trouble=${code}`);
      expect(trouble?.what).toMatch(/^You are not signed in\./);
      expect(trouble?.todo).not.toBe('');
      expect(JSON.stringify(trouble)).not.toMatch(/token|nonce|claim|OAuth|OpenID|issuer|error/i);
    },
  );

  it('never_repeats_what_the_address_says', () => {
    expect(troubleOf('?trouble=%3Cscript%3E')).toEqual(troubleOf('?trouble=sign-in-failed'));
    expect(troubleOf('?trouble=constructor')).toEqual(troubleOf('?trouble=sign-in-failed'));
    expect(troubleOf('')).toBeNull();
  });
});

describe('the way on after signing in', () => {
  it.each([
    ['?return=/professional/plans/demo-001', '/professional/plans/demo-001'],
    ['?return=/crew/', '/crew/'],
    ['?return=//evil.example/', null],
    ['?return=https://evil.example/professional/', null],
    ['?return=/professional/../../evil', null],
    ['?return=javascript:alert(1)', null],
    ['', null],
  ])('leads_to_pages_of_this_service_only: %s', (search, to) => {
    expect(returnOf(search)).toBe(to);
  });
});
