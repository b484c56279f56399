import { chmodSync, readFileSync } from 'node:fs';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { checkedCall, failedCall } from '../server/checked-call.ts';
import { type Bench, openAuthed, type Raw, startBench } from '../server/clients.ts';
import { configText } from '../server/fake-services.ts';
import { modeOf } from './world.ts';

const OPEN = JSON.stringify({
  ...(JSON.parse(configText()) as object),
  channels: { telegram: { groupPolicy: 'open' } },
});

let bench: Bench;
let raw: Raw;
let configPath: string;

beforeEach(async () => {
  bench = await startBench({ config: OPEN });
  ({ configPath } = bench.services.paths);
  chmodSync(configPath, 0o644);
  raw = await openAuthed(bench);
});
afterEach(() => bench.close());

const SHOWN = () => ({
  changes: ['channels.telegram.groupPolicy=open -> allowlist'],
  modes: [{ path: configPath, mode: 0o600 }],
});

test('a running gateway fixes, lists and undoes, each confirmed as it is', async () => {
  expect(await checkedCall(raw, 'security.fix', SHOWN())).toMatchObject({
    id: '1',
    configWritten: true,
    errors: [],
  });
  expect(bench.services.config().value).toMatchObject({
    channels: { telegram: { groupPolicy: 'allowlist' } },
  });
  expect(modeOf(configPath)).toBe('600');
  expect(await checkedCall(raw, 'security.fixes', { limit: 5 })).toMatchObject({
    fixes: [{ id: '1', state: 'made', modes: [{ path: configPath, from: 0o644, to: 0o600 }] }],
  });
  const plan = await checkedCall(raw, 'security.undo.preview', {});
  expect(plan).toMatchObject({
    id: '1',
    opens: [{ key: 'channels.telegram.groupPolicy' }, {}],
    modes: [{ path: configPath, from: 0o600, to: 0o644 }],
  });
  expect(await failedCall(raw, 'security.undo', { id: '1', confirm: 'no' })).toMatchObject({
    code: 'INVALID_REQUEST',
    details: { reason: 'security.unconfirmed' },
  });
  const { confirm } = plan;
  expect(await checkedCall(raw, 'security.undo', { id: '1', confirm })).toMatchObject({
    id: '2',
    errors: [],
  });
  expect(JSON.parse(readFileSync(configPath, 'utf8'))).toEqual(JSON.parse(OPEN));
  expect(modeOf(configPath)).toBe('644');
});

test('an undo that was overtaken says what was changed', async () => {
  await checkedCall(raw, 'security.fix', SHOWN());
  chmodSync(configPath, 0o640);
  expect(await failedCall(raw, 'security.undo.preview', { id: '1' })).toMatchObject({
    details: { reason: 'security.changed_since', changed: [`${configPath} (mode 640)`] },
  });
  expect(await failedCall(raw, 'security.undo.preview', { id: '9' })).toMatchObject({
    details: { reason: 'security.fix_not_found' },
  });
});
