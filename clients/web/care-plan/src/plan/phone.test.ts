import { describe, expect, it } from 'vitest';
import { phoneNumbers, telephoneLink } from './phone';
import type { PublishedView } from './view';
import { sickleView } from './view.fixtures';

const numbers = phoneNumbers(sickleView as PublishedView);

describe('the numbers to ring', () => {
  it('come_signed_first_then_urgent_then_in_the_order_people_asked_for', () => {
    expect(numbers.map(({ who }) => who)).toEqual([
      'Day unit, day and night',
      'Chidi Okonkwo',
      'Ngozi Okonkwo',
      'Dr Ruth Adler',
    ]);
  });

  it('say_who_they_reach_and_what_to_mind', () => {
    expect(numbers[1]).toEqual({
      who: 'Chidi Okonkwo',
      about: ['Brother', 'Ring in an emergency', 'May be told: Everything'],
      label: 'Telephone',
      number: '07700 900123',
      section: 'Contacts',
    });
  });

  it('leave_out_what_helps_nobody_on_the_telephone', () => {
    expect(numbers[3]?.about).toEqual([]);
  });

  it('name_no_number_of_anybody_twice', () => {
    expect(numbers.filter(({ who }) => who === 'Chidi Okonkwo')).toHaveLength(1);
  });

  it('list_every_number_that_people_disagree_about', () => {
    const view = structuredClone(sickleView) as unknown as PublishedView;
    const contenders = [
      { display: '07700 900111', value: '07700 900111' },
      { display: '07700 900222', value: '07700 900222' },
      { display: '(taken away)' },
    ];
    const label = 'Telephone (not agreed)';
    view.sections[1]!.fields = [{ field: 'unit_phone', label, type: 'phone', disputed: true, contenders }];
    const signed = phoneNumbers(view).filter(({ section }) => section === 'Sickle cell crisis plan');
    expect(signed.map(({ who, number }) => [who, number])).toEqual([
      [label, '07700 900111'],
      [label, '07700 900222'],
    ]);
  });

  it.each([
    ['020 7946 0018', 'tel:02079460018'],
    ['+44 (0)20 7946 0018', 'tel:+442079460018'],
    ['07700 900123', 'tel:07700900123'],
    ['javascript:alert(1)', 'tel:1'],
  ])('%s dials %s', (number, link) => {
    expect(telephoneLink(number)).toBe(link);
  });
});
