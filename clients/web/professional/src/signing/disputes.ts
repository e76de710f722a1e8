import { claims, type FieldPath, type SectionContent } from '@coplan/care-plan/sync';
import type { Field, Section } from '../definition';
import { itemName, items } from '../fieldWords';

const known = new WeakMap<SectionContent, string[]>();

/**
 * Labels of what stands disputed in a section: values of class `C!` that were set without having seen each other.
 *
 * A content never changes, so each is looked through once.
 */
export function disputes(section: Section, content: SectionContent): string[] {
  let found = known.get(content);
  if (!found) {
    found = section.fields.flatMap((field) => disputesIn(field, content));
    known.set(content, found);
  }
  return found;
}

function disputesIn(field: Field, content: SectionContent): string[] {
  if (field.type !== 'list') return isDisputed(field, content, [field.id]) ? [field.label] : [];
  return items(content.fields[field.id])
    .filter(([, item]) => item.removed === undefined)
    .flatMap(([id, item]) =>
      field.items
        .filter((inner) => isDisputed(inner, content, [field.id, id, inner.id]))
        .map((inner) => `${field.label}: ${itemName(field, item)}: ${inner.label}`),
    );
}

const isDisputed = (field: Field, content: SectionContent, path: FieldPath): boolean =>
  field.merge === 'C!' && claims(content, path) !== undefined;
