// A targets file with which the service does not start, as whoever writes one sees it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary } from './demo.mjs';
import { World } from './push_world.mjs';

test('a targets file with what cannot be is refused whole, and says everything that is wrong', async () => {
  const called = { kind: 'subscription', style: 'r4', base_url: 'https://coplan.example/fhir/R4' };
  const pointing = { kind: 'record-locator', ods: 'X26', pointer_url: 'https://coplan.example/plans/{plan}' };
  const wrong = new World();
  wrong.targets([
    { id: 'loopback', ...called, url: 'https://127.0.0.1/hook' },
    { id: 'number', ...called, url: 'https://2130706433/hook' },
    { id: 'mapped', ...called, url: 'https://[::ffff:10.1.2.3]/hook' },
    { id: 'cloud', ...called, url: 'http://169.254.169.254/latest', allow_http: true, allow_private: true },
    { id: 'plain', ...called, url: 'http://hooks.example/' },
    { id: 'only-ids', ...called, url: 'https://hooks.example/', payload: 'id-only' },
    { id: 'marks', ...pointing, url: 'https://locator.example/', on_withdraw: 'mark' },
    { id: 'no-authority', ...called, url: 'https://hooks.example/', ca_file: 'there-is-none.pem' },
  ]);
  const flags = ['demo', '--data', wrong.data, '--listen', '127.0.0.1:0', '--targets', join(wrong.folder, 'targets.toml')];
  const ended = await new Promise((resolve) => {
    execFile(binary, flags, { timeout: 30_000 }, (error, stdout, stderr) => resolve({ code: error?.code, said: stdout + stderr }));
  });
  await wrong.end();
  assert.equal(typeof ended.code, 'number', 'it ended by itself');
  assert.notEqual(ended.code, 0);
  for (const line of [
    'target `loopback`: `url` is a private address or this machine\'s, and `allow_private` is not set',
    'target `number`: `url` is a private address',
    'target `mapped`: `url` is a private address',
    'target `cloud`: `url` is a private address',
    'target `plain`: `url` is not `https`',
    'target `only-ids`: `payload = "id-only"` goes with `style = "r5-backport"` only',
    'target `marks`: `on_withdraw = "mark"` goes with `style = "fhir"` only',
    'target `no-authority`: `ca_file` cannot be read',
  ])
    assert.ok(ended.said.includes(line), `\`${line}\` is missing in:\n${ended.said}`);
});
