/**
 * What staff see of the plan in an emergency, as far as the person may know: what is published for the person, without
 * what crews do not get. The rest is named.
 */
import {
  type Audience,
  type DecisionRecord,
  type Field,
  inCrewOrder,
  type ListItem,
  type PublishedView,
  type Section,
  type ViewField,
  type ViewSection,
} from '@coplan/care-plan/plan';

/** The page that crews read, as the person may see it. */
export interface Emergency {
  /** In the order in which a crew reads. */
  sections: ViewSection[];
  /** Nothing says whether the heart should be restarted. */
  noCpr: boolean;
  /** Parts of which crews may read more than stands here. */
  more: string[];
}

/** What of the person's view stands on the page for emergencies. */
export function emergencyOf(view: PublishedView, definitions: Section[], parts: Set<string>): Emergency {
  const defined = new Map(definitions.map((section) => [section.id, section]));
  const sections = view.sections.flatMap((section) => {
    const definition = defined.get(section.section);
    if (!definition?.audiences.includes('emergency')) return [];
    const fields = among(section.fields, definition.fields);
    return fields.length > 0 ? [{ ...section, fields }] : [];
  });
  const decisions = sections.find(({ section }) => section === 'decisions');
  return {
    sections: inCrewOrder(sections),
    noCpr: !decisions?.fields.some(({ field }) => field === 'cpr'),
    more: definitions
      .filter((section) => parts.has(section.id) && crewsReadMore(section))
      .map(({ title }) => title),
  };
}

function among(fields: ViewField[], definitions: Field[]): ViewField[] {
  return fields.flatMap((field) => {
    const definition = definitions.find(({ id }) => id === field.field);
    return definition && isFor(definition, 'emergency') ? [within(field, definition)] : [];
  });
}

function within(field: ViewField, definition: Field): ViewField {
  if ('records' in field) {
    const records = field.records.map((record): DecisionRecord => ({
      ...record,
      fields: among(record.fields, definition.items),
    }));
    return { ...field, records };
  }
  if ('items' in field) {
    const items = field.items.map((item): ListItem => ({
      ...item,
      fields: among(item.fields, definition.items),
    }));
    return { ...field, items };
  }
  return 'fields' in field ? { ...field, fields: among(field.fields, definition.parts) } : field;
}

/** Whether the definition lets an audience of the section have a field. */
function isFor({ audiences = [] }: Field, audience: Audience): boolean {
  return audiences.length === 0 || audiences.includes(audience);
}

/** Whether crews may read something in a section that the person may not. */
function crewsReadMore({ audiences, fields }: Section): boolean {
  if (!audiences.includes('emergency')) return false;
  if (!audiences.includes('person')) return true;
  const more = (field: Field): boolean =>
    isFor(field, 'emergency') && (!isFor(field, 'person') || [...field.items, ...field.parts].some(more));
  return fields.some(more);
}
