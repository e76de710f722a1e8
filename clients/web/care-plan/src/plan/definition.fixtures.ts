import type { Field, Section } from './definition';

/** A field with nothing special about it; a test says what matters. */
export const field = (special: Partial<Field> & Pick<Field, 'id' | 'type'>): Field => ({
  label: special.id,
  help: '',
  merge: 'R',
  required: false,
  urgent: false,
  max_chars: null,
  codes: [],
  min: null,
  max: null,
  unit: null,
  max_items: null,
  item_name: null,
  items: [],
  parts: [],
  ...special,
});

export const code = (id: string, display: string) => ({
  system: 'https://coplan.example/codes/x',
  code: id,
  display,
});

/** A section with one field of each kind that a difference is told of differently. */
export const section: Section = {
  id: 'example',
  title: 'Example',
  version: 1,
  order: 1,
  summary: '',
  pathway: null,
  writes: ['doctor'],
  suggests: [],
  reads: [],
  audiences: ['clinician'],
  sign_off: 'senior',
  fields: [
    field({ id: 'about', type: 'text', label: 'About' }),
    field({
      id: 'genotype',
      type: 'coded',
      label: 'Genotype',
      codes: [code('ss', 'HbSS'), code('sc', 'HbSC')],
      required: true,
    }),
    field({
      id: 'dose',
      type: 'group',
      label: 'First line',
      parts: [
        field({ id: 'drug', type: 'line', label: 'Medicine', required: true }),
        field({ id: 'amount', type: 'line', label: 'Dose' }),
      ],
    }),
    field({
      id: 'contacts',
      type: 'list',
      label: 'Contacts',
      item_name: 'contact',
      items: [
        field({ id: 'name', type: 'line', label: 'Name', required: true }),
        field({ id: 'phone', type: 'phone', label: 'Telephone' }),
      ],
    }),
  ],
};
