/**
 * Cases of the checks of what runs: channels, models, sandbox, store, port.
 *
 * @module
 */
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { silentLogger } from '@portcullis/core';
import { openState } from '@portcullis/gateway';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { onTestFinished } from 'vitest';

import type { CommandContext } from '../../src/context.ts';
import { put } from '../backup/state.ts';
import { FakeOperator, Home } from '../call.ts';
import { fakeManager } from '../service/programs.ts';
import { type Case, type Setting, GOOD, config, folder, model } from './installation.ts';

const telegram = (block: string): string =>
  `{ gateway: { mode: "local" }, channels: { telegram: ${block} } }`;
const sandboxed = '{ agents: { defaults: { sandbox: { mode: "all" } } } }';
const noSandbox = {
  probeSandbox: async () => ({ available: false, why: 'it is not here' }) as const,
};

/** Has a gateway's store made and closed. */
async function madeStore(_home: Home, { paths }: CommandContext): Promise<void> {
  const { store } = await openState(paths, openSqliteStore, silentLogger);
  await store.transact((tx) => tx.append('audit', { kind: 'gateway', at: 1 }));
  await store.close();
}

/** Has somebody hold the store until the test is over. */
async function heldStore(_home: Home, { paths }: CommandContext): Promise<void> {
  const { store } = await openState(paths, openSqliteStore, silentLogger);
  onTestFinished(() => store.close());
}

const accounts = (healthState: string, lastError: string | null = null) => ({
  telegram: [{ accountId: 'default', enabled: true, healthState, lastError }],
});
const answering = (healthState: string, lastError?: string): Setting => ({
  config: telegram('{ botToken: "1:a" }'),
  probe: true,
  prepare: heldStore,
  doors: new FakeOperator({
    'channels.status': { channelAccounts: accounts(healthState, lastError) },
  }).doors,
});
const asked = (status: number, body: unknown = {}): Setting => ({
  config: model('ollama/small'),
  probe: true,
  machine: { fetch: async () => new Response(JSON.stringify(body), { status }) },
});
const state = '.openclaw/state';

/** What is found of what runs. */
export const RUNNING_CASES: readonly Case[] = [
  ['channels.configured', 'none', {}, ['pass'], /No channel/],
  ['channels.configured', 'one', config(telegram('{}')), ['pass'], /Configured: telegram/],
  [
    'channels.configured',
    'one that is off',
    config(telegram('{ enabled: false }')),
    ['pass'],
    /off/,
  ],
  ['channels.installed', 'one with its package', config(telegram('{}')), ['pass']],
  [
    'channels.installed',
    'one without',
    config('{ channels: { irc: {} } }'),
    ['fail'],
    /not installed/,
  ],
  [
    'channels.installed',
    'one that is off',
    config('{ channels: { irc: { enabled: false } } }'),
    [],
  ],
  ['channels.token', 'a token', config(telegram('{ botToken: "1:a" }')), ['pass']],
  [
    'channels.token',
    'a file with one',
    config(telegram('{ tokenFile: "/x" }')),
    ['fail'],
    /tokenFile/,
  ],
  [
    'channels.token',
    'a variable with one',
    { config: telegram('{}'), env: { TELEGRAM_BOT_TOKEN: '1:a' } },
    ['pass'],
  ],
  ['channels.token', 'none', config(telegram('{}')), ['fail'], /no botToken/],
  [
    'channels.token',
    'a variable that is for another account',
    { config: telegram('{ accounts: { work: {} } }'), env: { TELEGRAM_BOT_TOKEN: '1:a' } },
    ['fail'],
    /telegram \(work\)/,
  ],
  [
    'channels.token',
    'a reference to nothing',
    config(telegram('{ botToken: { source: "env", id: "T" } }')),
    ['fail'],
    /cannot be had/,
  ],
  ['channels.connected', 'no channel', { probe: true }, []],
  ['channels.connected', 'nobody asked', config(telegram('{}')), ['skip'], /--probe/],
  [
    'channels.connected',
    'no gateway',
    { config: telegram('{}'), probe: true },
    ['skip'],
    /once a gateway runs/,
  ],
  ['channels.connected', 'one that is', answering('connected'), ['pass']],
  ['channels.connected', 'one that tries', answering('reconnecting'), ['warn'], /reconnecting/],
  [
    'channels.connected',
    'one that gave up',
    answering('failed', 'refused'),
    ['fail'],
    /failed: refused/,
  ],
  ['model.chosen', 'one', config(model('ollama/a')), []],
  ['model.chosen', 'none', {}, ['warn'], /No model is chosen/],
  ['model.usable', 'a server on this machine', config(model('ollama/a')), ['pass'], /ollama\/a/],
  ['model.usable', 'no key', config(model('openai/gpt-5')), ['fail'], /no key/],
  [
    'model.usable',
    'a key',
    { config: model('openai/gpt-5'), env: { OPENAI_API_KEY: 'x' } },
    ['pass'],
  ],
  [
    'model.usable',
    'an unknown provider',
    config(model('opnai/gpt-5')),
    ['fail'],
    /neither built in/,
  ],
  ['model.reachable', 'nobody asked', config(model('ollama/a')), ['skip'], /--probe/],
  ['model.reachable', 'one that answers', asked(200, { data: [{ id: 'small' }] }), ['pass']],
  [
    'model.reachable',
    'one without the model',
    asked(200, { data: [{ id: 'b' }] }),
    ['warn'],
    /not list/,
  ],
  ['model.reachable', 'one that refuses the key', asked(401), ['fail'], /refuses the key/],
  ['model.reachable', 'one that is broken', asked(500), ['warn'], /answers 500/],
  [
    'model.reachable',
    'nobody there',
    { config: model('ollama/a'), probe: true },
    ['fail'],
    /reached/,
  ],
  [
    'sandbox.available',
    'one that works',
    config(sandboxed),
    ['pass'],
    /Commands run in the sandbox/,
  ],
  [
    'sandbox.available',
    'none, and nobody wants one',
    { machine: noSandbox },
    ['pass'],
    /would be none/,
  ],
  [
    'sandbox.available',
    'none, and it is wanted',
    { config: sandboxed, machine: noSandbox },
    ['fail'],
    /it is not here/,
  ],
  ['store.integrity', 'none', config(GOOD), ['pass'], /no store yet/],
  ['store.integrity', 'a sound one', { config: GOOD, prepare: madeStore }, ['pass'], /Every page/],
  [
    'store.integrity',
    'one in use',
    { config: GOOD, prepare: heldStore },
    ['skip'],
    /has the store open/,
  ],
  [
    'store.integrity',
    'text in its place',
    {
      prepare: (home) => {
        folder(join(home.path, state));
        writeFileSync(join(home.path, state, 'portcullis.sqlite'), 'x'.repeat(9000));
      },
    },
    ['fail'],
    /damaged/,
  ],
  [
    'store.migrations',
    'none to come',
    { config: GOOD, prepare: madeStore },
    ['pass'],
    /of this version/,
  ],
  [
    'store.migrations',
    'some to come',
    {
      prepare: async (_, { paths }) => {
        const key = new Uint8Array(32);
        const store = await openSqliteStore({
          directory: paths.stateDbDir,
          tables: [],
          chainKey: key,
        });
        await store.close();
      },
    },
    ['pass'],
    /The next start adds/,
  ],
  [
    'store.audit_chain',
    'a whole log',
    { config: GOOD, prepare: madeStore },
    ['pass'],
    /whole: 1 lines/,
  ],
  [
    'store.audit_chain',
    'a log of another key',
    {
      prepare: async (home, context) => {
        await madeStore(home, context);
        writeFileSync(join(context.paths.stateDir, 'audit.key'), new Uint8Array(32).fill(9));
      },
    },
    ['fail'],
    /changed at line 1/,
  ],
  [
    'store.audit_chain',
    'a log without its key',
    {
      prepare: async (home, context) => {
        await madeStore(home, context);
        rmSync(join(context.paths.stateDir, 'audit.key'));
      },
    },
    ['fail'],
    /key of the audit log is gone/,
  ],
  ['store.ending', 'a gateway that ended', { config: GOOD, prepare: madeStore }, []],
  [
    'store.ending',
    'one that was killed',
    {
      prepare: async (home, context) => {
        await madeStore(home, context);
        writeFileSync(join(home.path, state, 'lock.json'), '{"pid":4242}');
      },
    },
    ['warn'],
    /process 4242/,
  ],
  ['store.leftovers', 'nothing', config(GOOD), ['pass']],
  [
    'store.leftovers',
    'an address and a lock',
    {
      config: GOOD,
      prepare: (home) => {
        folder(join(home.path, state));
        writeFileSync(join(home.path, state, 'address.json'), '{}');
        writeFileSync(`${home.config}.lock`, '');
        utimesSync(`${home.config}.lock`, 1, 1);
      },
    },
    ['warn', 'warn'],
  ],
  ['gateway.running', 'none', {}, ['pass'], /No gateway runs/],
  ['gateway.running', 'somebody', { prepare: heldStore }, ['pass'], /has the state open/],
  ['gateway.port', 'a free one', {}, ['pass'], /18789 is free/],
  [
    'gateway.port',
    'one that is taken',
    {
      env: { OPENCLAW_GATEWAY_PORT: '4000' },
      machine: { portUse: async () => ({ kind: 'taken', pid: 7, name: 'nginx' }) },
    },
    ['fail'],
    /4000 is taken by process 7 \(nginx\)/,
  ],
  [
    'gateway.port',
    'one below 1024',
    { machine: { portUse: async () => ({ kind: 'refused', code: 'EACCES' }) } },
    ['fail'],
    /not this user's/,
  ],
  [
    'gateway.port',
    'an address that is not there',
    { machine: { portUse: async () => ({ kind: 'refused', code: 'EADDRNOTAVAIL' }) } },
    ['fail'],
    /no address of this machine/,
  ],
  ['gateway.port', 'no port', { env: { OPENCLAW_GATEWAY_PORT: 'x' } }, ['fail'], /not a port/],
  ['gateway.service', 'none', {}, []],
  [
    'gateway.service',
    'one that somebody wrote and nobody started',
    () => {
      const home = new Home();
      const { doors } = fakeManager(home, 'linux');
      put(home.path, '.config/systemd/user/openclaw-gateway.service', '[Unit]\n');
      return { home, doors };
    },
    ['warn', 'warn', 'warn'],
    /inactive\/dead[^]*does not start by itself[^]*not what an install writes/,
  ],
];
