import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** A wall: what may not be imported from where, and the reason that whoever runs into it reads. */
const wall = (files, patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });

const noSync = {
  regex: '^(@coplan/care-plan/sync|@automerge/)',
  message: 'This page must stay small: it reads published bytes and never loads Automerge.',
};
const noApp = {
  regex: '^(@coplan/(professional|crew|person|landing)|(\\.\\./)+(professional|crew|person|landing))',
  message: 'Apps import the shared package, never each other, and the shared package imports no app.',
};
const doorsOnly = {
  regex: '^(@coplan/care-plan/(plan|sync|components)/|@coplan/care-plan/src|(\\.\\./)+care-plan)',
  message: 'The shared package has three doors: ./plan, ./sync and ./components.',
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
  wall(['crew/src/**', 'person/src/**', 'landing/src/**'], [noApp, doorsOnly, noSync]),
  wall(
    ['care-plan/src/plan/**'],
    [
      noApp,
      noSync,
      {
        regex: '\\.\\./(sync|components)|^preact',
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
        regex: '\\.\\./sync',
        message: 'Components get what they show as properties, so that pages without Automerge can use them.',
      },
    ],
  ),
  wall(['care-plan/src/sync/**'], [noApp, { regex: '\\.\\./components', message: 'sync knows no markup.' }]),
);
