/**
 * `openclaw gateway`: what it says when it starts, and how it stops.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import type { Doors } from '../src/index.ts';
import { call, type CallOptions } from './call.ts';

type Running = Awaited<ReturnType<Doors['runGateway']>>;
type Report = Running['report'];

const REPORT: Report = {
  configPath: '/home/x/.openclaw/openclaw.json',
  firstStart: true,
  bindHost: '127.0.0.1',
  port: 19_000,
  exposed: false,
  exposure: {},
  authMode: 'token',
  channels: [],
  tools: [],
  sandbox: { modes: {} },
  models: { active: ['offline/demo'], models: [] },
  page: true,
  warnings: [],
  resumed: 0,
};

function channel(change: Partial<Report['channels'][number]>): Report['channels'][number] {
  return {
    channel: 'telegram',
    accountId: 'default',
    configured: true,
    enabled: true,
    installed: true,
    state: 'starting',
    restarts: 0,
    ...change,
  };
}

/** A gateway that runs until it is stopped, and is stopped as soon as it has said everything. */
function gateway(report: Partial<Report> = {}, log: string[] = []): CallOptions {
  const controller = new AbortController();
  const ended = Promise.withResolvers<void>();
  return {
    signal: controller.signal,
    onWrite: (text) => {
      if (text.startsWith('  openclaw pairing') || text.startsWith('  openclaw onboard')) {
        controller.abort('SIGTERM');
      }
    },
    doors: {
      runGateway: async (_context, options) => {
        log.push(`port ${String(options?.port)}`);
        options?.onStep?.('inbox.after-commit');
        return {
          url: 'http://127.0.0.1:19000/',
          report: { ...REPORT, ...report },
          ended: ended.promise,
          stop: async (reason) => {
            log.push(`stop ${reason}`);
            ended.resolve();
          },
        };
      },
    },
  };
}

function refuseToStart(): Promise<never> {
  const error = new PortcullisError(
    'gateway.start_refused',
    'The gateway will not start: no token.',
    { hint: 'Change gateway.auth.token and start again.' },
  );
  return Promise.reject(error);
}

describe('a start', () => {
  test('with an empty home says what it wrote, what is on, and what comes next', async () => {
    const log: string[] = [];
    expect(await call(['gateway'], gateway({}, log))).toEqual({
      code: 0,
      stdout: `A first config was written: /home/x/.openclaw/openclaw.json
Gateway ready: http://127.0.0.1:19000/

  on   bind      127.0.0.1:19000, this machine only
  on   auth      token needed to connect
  on   page      http://127.0.0.1:19000/
  on   model     offline/demo (answers without a model; choose one: openclaw models list)
  off  tools     policy lets nobody use one
  off  channels  none configured

Next:
  openclaw dashboard  how to log in to the chat page
  openclaw onboard    a model, chat networks and an owner, step by step
`,
      stderr: 'Stopping; once more stops at once.\nThe gateway has stopped.\n',
    });
    expect(log).toEqual(['port undefined', 'stop SIGTERM']);
  });

  test.each([
    [{ modes: {} }, 'off', 'commands would run on this machine: agents.defaults.sandbox.mode'],
    [{ modes: { main: 'all' }, available: true }, 'on ', 'main: all'],
    [
      { modes: { main: 'all' }, available: false },
      'off',
      'asked for (main: all) and not there: commands are refused',
    ],
  ])('says where commands run: %j', async (sandbox, state, detail) => {
    const { stdout } = await call(['gateway'], gateway({ tools: ['exec'], sandbox }));
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/u))).toContainEqual(
      state === 'off' ? ['off', 'sandbox', detail] : ['on', 'sandbox', detail],
    );
  });

  test('shows each channel, each warning, and what is open', async () => {
    const { stdout, stderr } = await call(
      ['gateway', 'run'],
      gateway({
        firstStart: false,
        exposed: true,
        bindHost: '0.0.0.0',
        authMode: 'none',
        page: false,
        resumed: 2,
        tools: [],
        models: { active: ['openai/gpt-5', 'ollama/x'], models: [] },
        channels: [
          channel({ state: 'connected', identity: '@bot' }),
          channel({ accountId: 'work', enabled: false }),
          channel({ channel: 'slack', installed: false, lastError: 'Install it: npm install x' }),
          channel({ channel: 'discord', state: 'failed', lastError: 'wrong token' }),
        ],
        warnings: ['Anybody can connect.'],
      }),
    );
    expect(stdout).toBe(`Gateway ready: http://127.0.0.1:19000/

  on   bind             0.0.0.0:19000, reachable from other machines
  off  auth             anybody who can connect is let in
  off  page             the chat page is not served
  on   model            openai/gpt-5, then ollama/x
  off  tools            policy lets nobody use one
  on   telegram         connected, @bot
  off  telegram (work)  switched off: channels.telegram.enabled
  off  slack            Install it: npm install x
  off  discord          failed, wrong token
2 messages of the last run are being finished.

Next:
  openclaw pairing list  who asks to talk to the agent
`);
    expect(stderr).toContain('Warning: Anybody can connect.\n');
  });

  test('takes --port, also 0, and shows every step with --verbose', async () => {
    const log: string[] = [];
    const { stderr } = await call(['gateway', '--port', '0', '-v'], gateway({}, log));
    expect(log[0]).toBe('port 0');
    expect(stderr).toMatch(/^\d{4}-\S+Z inbox\.after-commit$/m);
  });

  test('that fails says why', async () => {
    expect(await call(['gateway'], { doors: { runGateway: refuseToStart } })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Error: The gateway will not start: no token. [gateway.start_refused]\n  Change gateway.auth.token and start again.\n',
    });
  });
});
