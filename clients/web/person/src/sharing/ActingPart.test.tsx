// @vitest-environment happy-dom
import type { Sharing } from '@coplan/care-plan/plan';
import { act, cleanup, render } from '@testing-library/preact';
import { afterEach, describe, expect, it } from 'vitest';
import { type Whose, whoseIs } from '../whose';
import { ActingPart, doneWords, type Limit } from './ActingPart';

afterEach(cleanup);

const person = { nhs_number: '9990000018', name: 'Adaeze Okonkwo', preferred_name: 'Ada' };
const own = whoseIs({ person, connection: 'own' });
const proxy = whoseIs({ person, connection: 'proxy' });

const said = ({ acting, section, keep }: Limit) => `${acting.account} ${section.section} ${keep}`;

function show(whose: Whose, kept: string[], given: Partial<Sharing> = {}) {
  const limits: Limit[] = [];
  const basis = 'Daughter, asked to help with the plan';
  const sharing: Sharing = {
    objections: [],
    choice: null,
    restriction: null,
    crews: 'all',
    team: 'all',
    may_set: true,
    acting: [{ account: 'p-farrow', name: 'Susan Farrow', basis, until: '2028-06-21T23:30:00.000Z', kept }],
    keepable: [{ section: 'goals', title: 'Goals and actions' }],
    may_keep: whose.own,
    ...given,
  };
  const page = render(
    <ActingPart sharing={sharing} whose={whose} busy={false} onLimit={(limit) => limits.push(limit)} />,
  );
  const press = (name: string) =>
    act(() => {
      page.getByRole('button', { name }).click();
    });
  return { page, limits, press, text: () => page.container.textContent };
}

describe('somebody who acts for the person', () => {
  it('is_named_with_why_and_until_when_in_London', () => {
    const { text } = show(own, []);
    expect(text()).toContain('Daughter, asked to help with the plan, until 22 June 2028');
    expect(text()).toContain('Susan Farrow sees and can change: Goals and actions');
  });

  it('is_kept_from_a_part_after_the_person_has_read_what_it_means', () => {
    const { page, limits, press, text } = show(own, []);
    press('Keep Goals and actions from Susan Farrow');
    const asked = page.getByRole('group', { name: /^Keep Goals and actions from Susan Farrow ?\?$/ });
    expect(document.activeElement).toBe(asked);
    expect(text()).toContain('Your team still sees it.');
    expect(text()).toContain('What Susan Farrow has already read or printed cannot be taken back.');
    expect(limits).toEqual([]);
    press('Yes, keep it from Susan Farrow');
    expect(limits.map(said)).toEqual(['p-farrow goals true']);
    expect(render(doneWords(limits[0]!)).container.textContent).toBe(
      'Changed. Susan Farrow no longer sees Goals and actions.',
    );
  });

  it('is_let_in_again_after_the_person_has_read_what_it_means', () => {
    const { limits, press, text } = show(own, ['goals']);
    expect(text()).toContain(
      'You keep Goals and actions between you and your team. Susan Farrow does not see it.',
    );
    press('Let Susan Farrow see Goals and actions');
    expect(text()).toContain('also what you wrote while it was kept');
    press('Yes, let Susan Farrow see it');
    expect(limits.map(said)).toEqual(['p-farrow goals false']);
  });

  it('stays_as_it_is_where_the_person_says_no_and_the_button_has_the_focus_again', () => {
    const { page, limits, press } = show(own, []);
    press('Keep Goals and actions from Susan Farrow');
    press('No, leave it as it is');
    expect(document.activeElement).toBe(
      page.getByRole('button', { name: 'Keep Goals and actions from Susan Farrow' }),
    );
    expect(limits).toEqual([]);
  });

  it('reads_what_the_person_keeps_and_cannot_change_it', () => {
    const { page, text } = show(proxy, ['goals']);
    expect(text()).toContain('Ada keeps Goals and actions between them and their team.');
    expect(text()).not.toMatch(/\byour\b/);
    expect(page.queryAllByRole('button')).toEqual([]);
  });

  it('is_not_spoken_of_where_nobody_acts_or_nothing_can_be_kept', () => {
    expect(show(own, [], { acting: [] }).text()).toBe('');
    cleanup();
    expect(show(own, [], { keepable: [] }).text()).toBe('');
  });
});
