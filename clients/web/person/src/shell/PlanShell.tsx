import { formatNhsNumber } from '@coplan/care-plan/plan';
import type { ComponentChildren } from 'preact';
import type { Plan } from '../api';
import type { Whose } from '../whose';
import { Head } from './OutsidePage';
import { SignOut } from './SignOut';

interface Props {
  plan: Plan;
  whose: Whose;
  page: string;
  children: ComponentChildren;
}

/** What stands around every page about a plan: whose it is, the ways to the other pages, the way out. */
export function PlanShell({ plan, whose, page, children }: Props) {
  const at = (to: string) => ({
    href: `/person/plans/${plan.id}${to && `/${to}`}`,
    'aria-current': to === page ? ('page' as const) : undefined,
  });
  return (
    <>
      <a class="skip" href="#main" onClick={toMain}>
        Skip to the page
      </a>
      <Head
        below={
          <div class="who">
            <p class="who__in">
              {whose.own ? 'Plan of ' : 'You act for '}
              <strong>
                <bdi>{plan.person.name}</bdi>
              </strong>
              <span class="who__number"> NHS number {formatNhsNumber(plan.person.nhs_number)}</span>
            </p>
          </div>
        }
      >
        <SignOut />
      </Head>
      <nav class="ways" aria-label={whose.Plan}>
        <ul class="ways__in">
          <li>
            <a {...at('')}>{whose.Plan}</a>
          </li>
          <li>
            <a {...at('opened')}>Who has opened it</a>
          </li>
          <li>
            <a {...at('sharing')}>Who can see it</a>
          </li>
        </ul>
      </nav>
      {children}
    </>
  );
}

/** The address stays as it is: it names the page. */
function toMain(event: Event) {
  event.preventDefault();
  const main = document.getElementById('main');
  main?.focus();
  main?.scrollIntoView();
}
