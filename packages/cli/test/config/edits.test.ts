/**
 * `openclaw config accept` and `reject`, and what `openclaw status` says of the config, answered by a
 * fake operator.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import type { Doors } from '../../src/index.ts';
import { call, FakeOperator } from '../call.ts';

const WAITING = {
  state: 'waiting',
  since: 1_772_366_400_000,
  hash: 'hmac-sha256:v1:ab',
  opens: [{ key: 'gateway.bind', what: 'loopback -> lan\u001b[2J' }],
  closes: [{ key: 'tools.deny', what: 'exec is denied' }],
};
const INVALID = {
  state: 'invalid',
  since: 0,
  issues: [{ path: 'gateway.bnid', message: 'is not known' }],
};
const OUTCOME = {
  applied: ['tools.deny'],
  restartNeeded: ['gateway.bind'],
  failed: [{ path: 'channels.telegram', code: 'secret.unresolved', message: 'No file.' }],
};

function operator(edit?: object): FakeOperator {
  const status = { mode: 'hybrid', at: 0, restartNeeded: [], failed: [], ...(edit && { edit }) };
  return new FakeOperator({
    'config.status': status,
    'config.accept': OUTCOME,
    'config.reject': {},
  });
}
const saying = (fake: FakeOperator, answer: boolean): { readonly doors: Partial<Doors> } => ({
  doors: { ...fake.doors, confirm: async () => answer },
});
const run = async (fake: FakeOperator, line: string, answer = true): ReturnType<typeof call> =>
  await call(line.split(' '), saying(fake, answer));
const asked = (fake: FakeOperator): readonly string[] => fake.asked.map(([method]) => method);

describe('accept', () => {
  test('shows what opens, asks, and says yes to exactly that edit', async () => {
    const fake = operator(WAITING);
    const { code, stdout, stderr } = await run(fake, 'config accept');
    expect(code).toBe(0);
    expect(fake.asked.at(-1)).toEqual(['config.accept', { hash: WAITING.hash }]);
    expect(stdout).toContain('opens    gateway.bind: loopback -> lan\\x1b[2J\n');
    expect(stdout).toContain('closes   tools.deny: exec is denied\n');
    expect(stdout).toContain('In force: tools.deny\nRestart   needed for gateway.bind\n');
    expect(stderr).toContain('channels.telegram stays as it was: No file.');
  });

  test('does nothing without a yes', async () => {
    const fake = operator(WAITING);
    const { code, stderr } = await run(fake, 'config accept', false);
    expect(code).toBe(1);
    expect(stderr).toContain('Nothing was accepted');
    expect(asked(fake)).toEqual(['config.status']);
  });

  test('needs no question where the hash was shown before', async () => {
    const fake = operator(WAITING);
    const { code, stdout } = await run(fake, `config accept --hash ${WAITING.hash} --json`, false);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ok: true, ...OUTCOME });
  });

  test('refuses the hash of another edit', async () => {
    const fake = operator(WAITING);
    const { code, stderr } = await run(fake, 'config accept --hash other');
    expect(code).toBe(1);
    expect(stderr).toContain('[config.edit_changed]');
    expect(asked(fake)).toEqual(['config.status']);
  });

  test('says that nothing waits, and that a file is not valid', async () => {
    expect((await run(operator(), 'config accept')).stdout).toBe(
      'No edit of the config file waits.\n',
    );
    const { code, stderr } = await run(operator(INVALID), 'config accept');
    expect(code).toBe(1);
    expect(stderr).toContain('[config.edit_invalid]');
  });
});

describe('reject', () => {
  test('shows the edit, asks, and has it undone', async () => {
    const fake = operator(WAITING);
    const { code, stdout } = await run(fake, 'config reject');
    expect(code).toBe(0);
    expect(fake.asked.at(-1)).toEqual(['config.reject', { hash: WAITING.hash }]);
    expect(stdout).toContain('says again what is in force.');
  });

  test('does nothing without a yes', async () => {
    const fake = operator(WAITING);
    expect((await run(fake, 'config reject', false)).code).toBe(1);
    expect(asked(fake)).toEqual(['config.status']);
  });
});

/** What `openclaw status` prints of a config. */
const shown = async (config: object): Promise<string> => {
  const fake = new FakeOperator({
    status: { runtimeVersion: '1', pid: 1, uptimeMs: 1, sessions: { count: 0 }, config },
    'models.list': { models: [] },
    'channels.status': { channelAccounts: {}, channelOrder: [], channelLabels: {} },
    'channels.pairing.list': { requests: [], allowed: [], broken: [] },
    'outbox.list': { items: [] },
    'mcp.list': { servers: [] },
  });
  const { stdout, stderr } = await call(['status'], fake);
  return stdout + stderr;
};

const answered = (failed: readonly object[]): FakeOperator =>
  new FakeOperator({ 'secrets.reload': { ok: true, warningCount: failed.length, failed } });

describe('secrets reload', () => {
  test('says that it is done', async () => {
    const { code, stdout } = await run(answered([]), 'secrets reload');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Every secret was looked up anew.\n' });
  });

  test('names what could not be had, and fails', async () => {
    const fake = answered([
      { path: 'channels.telegram', code: 'secret.unresolved', message: 'No file.' },
    ]);
    const { code, stderr } = await run(fake, 'secrets reload');
    expect(code).toBe(1);
    expect(stderr).toContain('channels.telegram stays as it was: No file.');
  });
});

describe('status', () => {
  const base = { mode: 'hybrid', at: 0, restartNeeded: [], failed: [] };

  test('says what waits and how it is taken', async () => {
    expect(await shown({ ...base, edit: WAITING })).toContain(
      'Edited    the file opens gateway.bind and waits: openclaw config accept\n',
    );
  });

  test('says what is wrong with the file', async () => {
    const text = await shown({ ...base, edit: INVALID });
    expect(text).toContain(
      'Edited    the file is not valid and does not count: openclaw config validate\n' +
        '          gateway.bnid: is not known\n',
    );
  });

  test('says what needs a restart and what was not taken up', async () => {
    const text = await shown({ ...base, ...OUTCOME });
    expect(text).toContain(
      'Restart   needed for gateway.bind: stop the gateway and start it again',
    );
    expect(text).toContain('channels.telegram stays as it was: No file.');
  });

  test('says nothing where the file is in force', async () => {
    expect(await shown(base)).not.toMatch(/Edited|Restart/u);
  });
});
