// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/preact';
import { afterEach, expect, it } from 'vitest';
import { Contenders } from './Contenders';
import type { Contender, Dispute } from '@coplan/care-plan/fields';

afterEach(cleanup);

const contender = (special: Partial<Contender>): Contender => ({
  said: { value: 'x' },
  display: 'Home',
  parts: [],
  by: null,
  at: null,
  deviceAt: null,
  mine: false,
  ...special,
});
const by = { user: 'a', name: 'Dr A', role: 'doctor', job_title: 'GP', organisation: 'Millpond Surgery' };
const dispute = (contenders: Contender[], applies: number | null = null): Dispute => ({
  path: 'place',
  label: 'Place',
  kind: 'values',
  contenders,
  applies,
});

it('each value stands with who said it, where, and when on both clocks', () => {
  const at = '2026-11-21T15:00:00Z';
  render(
    <Contenders
      dispute={dispute([
        contender({ by, at, deviceAt: '2026-11-21T12:00:00Z' }),
        contender({ display: 'Hospice', mine: true }),
      ])}
    />,
  );
  expect(screen.getByText(/Dr A, GP, Millpond Surgery/)).toBeTruthy();
  expect(
    screen.getByText(/21 November 2026, 12:00 on their device, received 21 November 2026, 15:00/),
  ).toBeTruthy();
  expect(screen.getByText('You, on this device')).toBeTruthy();
});

it('all sides have the same shape, so that none looks like the current one', () => {
  const { container } = render(
    <Contenders
      dispute={dispute([
        contender({}),
        contender({ display: 'Hospice' }),
        contender({ display: '(taken away)' }),
      ])}
    />,
  );
  const sides = [...container.querySelectorAll('li')].map((side) =>
    side.innerHTML.replace(/Home|Hospice|\(taken away\)/, ''),
  );
  expect(new Set(sides).size).toBe(1);
  expect(sides).toHaveLength(3);
});

it('only one that applies until it is settled says so', () => {
  render(<Contenders dispute={dispute([contender({}), contender({ display: 'Hospice' })], 1)} />);
  expect(screen.getAllByText(/Applies until it is settled/)).toHaveLength(1);
});
