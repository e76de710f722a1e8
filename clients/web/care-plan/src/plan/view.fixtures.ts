/** A published view, as the service writes it, for tests. Nobody in it exists. */
export const sickleView = {
  view: 'urgent',
  plan: 'p1',
  version: 3,
  published_at: '2026-11-18T09:12:00.000Z',
  person: { nhs_number: '9990000018', name: 'Adaeze Okonkwo', preferred_name: 'Ada', born: '1998-03-04' },
  sections: [
    {
      section: 'contacts',
      title: 'Contacts',
      sign_off: 'none',
      version: 3,
      standing: { state: 'shared', at: '2026-11-18T09:11:55.000Z' },
      fields: [
        {
          field: 'professionals',
          label: 'Professionals',
          type: 'list',
          item_name: 'professional',
          items: [
            {
              id: 'gp',
              fields: [
                {
                  field: 'name',
                  label: 'Name',
                  type: 'line',
                  value: 'Dr Ruth Adler',
                  display: 'Dr Ruth Adler',
                },
                {
                  field: 'ods_code',
                  label: 'Organisation code',
                  type: 'line',
                  value: 'Y0001',
                  display: 'Y0001',
                },
                {
                  field: 'phone',
                  label: 'Telephone',
                  type: 'phone',
                  value: '020 7946 0101',
                  display: '020 7946 0101',
                },
              ],
            },
          ],
        },
        {
          field: 'personal_contacts',
          label: 'Family, friends and carers',
          type: 'list',
          item_name: 'contact',
          urgent: true,
          items: [
            {
              id: 'b',
              fields: [
                {
                  field: 'name',
                  label: 'Name',
                  type: 'line',
                  value: 'Ngozi Okonkwo',
                  display: 'Ngozi Okonkwo',
                },
                {
                  field: 'phone',
                  label: 'Telephone',
                  type: 'phone',
                  value: '07700 900124',
                  display: '07700 900124',
                },
                { field: 'call_order', label: 'Ring in this order', type: 'integer', value: 2, display: '2' },
              ],
            },
            {
              id: 'a',
              fields: [
                {
                  field: 'name',
                  label: 'Name',
                  type: 'line',
                  value: 'Chidi Okonkwo',
                  display: 'Chidi Okonkwo',
                },
                {
                  field: 'relationship',
                  label: 'Relationship',
                  type: 'line',
                  value: 'Brother',
                  display: 'Brother',
                },
                {
                  field: 'phone',
                  label: 'Telephone',
                  type: 'phone',
                  value: '07700 900123',
                  display: '07700 900123',
                },
                {
                  field: 'other_phone',
                  label: 'Other telephone',
                  type: 'phone',
                  value: '07700900123',
                  display: '07700900123',
                },
                { field: 'call_order', label: 'Ring in this order', type: 'integer', value: 1, display: '1' },
                {
                  field: 'emergency_contact',
                  label: 'Ring in an emergency',
                  type: 'yes-no',
                  value: true,
                  display: 'Yes',
                },
                { field: 'carer', label: 'Carer', type: 'yes-no', value: false, display: 'No' },
                {
                  field: 'may_be_told',
                  label: 'May be told',
                  type: 'coded',
                  value: 'everything',
                  display: 'Everything',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      section: 'sickle-cell',
      title: 'Sickle cell crisis plan',
      sign_off: 'senior',
      version: 3,
      standing: {
        state: 'signed',
        by: 'Dr Amara Nwosu',
        job_title: 'Consultant haematologist',
        organisation: "St Elsewhere's Hospital",
        at: '2026-11-18T09:12:00.000Z',
      },
      fields: [
        {
          field: 'genotype',
          label: 'Genotype',
          type: 'coded',
          urgent: true,
          value: '127040003',
          display: 'HbSS',
        },
        {
          field: 'unit_phone',
          label: 'Day unit, day and night',
          type: 'phone',
          value: '020 7946 0018',
          display: '020 7946 0018',
        },
        {
          field: 'first_line',
          label: 'First-line analgesia',
          type: 'group',
          urgent: true,
          fields: [
            { field: 'drug', label: 'Medicine', type: 'line', value: 'Morphine', display: 'Morphine' },
            { field: 'dose', label: 'Dose', type: 'decimal', value: 10, display: '10 mg' },
          ],
        },
      ],
    },
  ],
};
