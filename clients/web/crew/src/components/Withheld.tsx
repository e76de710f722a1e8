import type { PublishedView } from '@coplan/care-plan/plan';
import { Icon } from './Icon';

/** Where the person lives must not be known: said where an address would be looked for. */
export function Withheld({ view }: { view: PublishedView }) {
  if (!view.withheld) return null;
  return (
    <p class="withheld">
      <Icon of="warning" />
      <strong>Address withheld, use dispatch</strong>
    </p>
  );
}
