import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** A wall: what may not be imported from where, and the reason that whoever runs into it reads. */
const wall = (files, patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });

const noSync = {
  regex: '^(@coplan/care-plan/(sync|fields)|@automerge/)',
  message: 'This page must stay small: it reads published bytes and never loads Automerge.',
};
const noDevice = {
  regex: '^@coplan/care-plan/device',
  message: 'This page keeps no plan that is being written.',
};
const noChanging = {
  regex: '/changing(/|$)',
  message: 'Import it when it is needed, with import(): it brings Automerge.',
};
const noApp = {
  regex: '^(@coplan/(professional|crew|person|landing)|(\\.\\./)+(professional|crew|person|landing))',
  message: 'Apps import the shared package, never each other, and the shared package imports no app.',
};
const doorsOnly = {
  regex:
    '^(@coplan/care-plan/(plan|device|sync|fields|components|news|fixtures)/|@coplan/care-plan/src|(\\.\\./)+care-plan)',
  message: 'The shared package has doors: ./plan, ./device, ./sync, ./fields, ./components and ./news.',
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  ...tseslint.configs.strict,
  {
    plugins: { 'react-hooks': hooks },
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  { rules: { '@typescript-eslint/consistent-type-imports': 'error', 'no-console': 'error' } },
  // A key that is not there is how a document says that a field is empty, so clearing one is deleting a key.
  { files: ['care-plan/src/sync/editing.ts'], rules: { '@typescript-eslint/no-dynamic-delete': 'off' } },
  { files: ['**/*.test.{ts,tsx}'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  wall(['professional/src/**'], [noApp, doorsOnly]),
  wall(['crew/src/**', 'landing/src/**'], [noApp, doorsOnly, noSync, noDevice]),
  wall(['person/src/**'], [noApp, doorsOnly, noSync, noChanging]),
  // Fetched when the person presses "Change this", and by nothing earlier.
  wall(['person/src/changing/**'], [noApp, doorsOnly]),
  wall(
    ['care-plan/src/plan/**'],
    [
      noApp,
      noSync,
      {
        regex: '\\.\\./(device|sync|fields|components|news)|^preact',
        message: 'plan holds pure words and shapes: no Automerge, no markup.',
      },
    ],
  ),
  wall(
    ['care-plan/src/components/**'],
    [
      noApp,
      noSync,
      {
        regex: '\\.\\./(device|sync|fields)',
        message: 'Components get what they show as properties, so that pages without Automerge can use them.',
      },
    ],
  ),
  wall(
    ['care-plan/src/device/**', 'care-plan/src/news/**'],
    [
      noApp,
      noSync,
      { regex: '\\.\\./(sync|fields|components)', message: 'It stands below, and brings no Automerge.' },
    ],
  ),
  wall(
    ['care-plan/src/sync/**'],
    [noApp, { regex: '\\.\\./(fields|components)', message: 'sync knows no markup.' }],
  ),
  wall(['care-plan/src/fields/**'], [noApp]),
);
