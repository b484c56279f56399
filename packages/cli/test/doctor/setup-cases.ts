/**
 * Cases of the checks of the machine, the config and who can read it.
 *
 * @module
 */
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Home } from '../call.ts';
import { type Case, type Setting, GOOD, config, folder, model } from './installation.ts';

function programs(name: string, whose: string) {
  return (): Setting => {
    const home = new Home();
    const bin = join(home.path, whose, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(home.path, whose, 'package.json'), JSON.stringify({ name }));
    writeFileSync(join(bin, 'openclaw'), '#!/bin/sh\n', { mode: 0o755 });
    return { home, env: { PATH: `/nowhere:relative:${bin}` } };
  };
}

function shim(text: string) {
  return (): Setting => {
    const home = new Home();
    writeFileSync(join(home.path, 'openclaw'), text, { mode: 0o755 });
    return { home, env: { PATH: home.path } };
  };
}

/** What is found of how it is set up. */
export const SETUP_CASES: readonly Case[] = [
  ['env.node', 'a Node of the right age', { machine: { node: '24.11.0' } }, ['pass']],
  ['env.node', 'a newer major', { machine: { node: '26.0.0' } }, ['pass']],
  ['env.node', 'an older minor', { machine: { node: '24.10.9' } }, ['fail'], /too old/],
  ['env.platform', 'Linux', { machine: { platform: 'linux' } }, ['pass']],
  ['env.platform', 'Windows', { machine: { platform: 'win32' } }, ['warn'], /Nobody tests/],
  ['env.path', 'this program', programs('@portcullis/cli', 'a'), ['pass']],
  [
    'env.path',
    'a script that runs this program',
    shim('exec node x/cli/bin/openclaw.mjs'),
    ['pass'],
  ],
  ['env.path', 'OpenClaw itself', programs('openclaw', 'b'), ['warn'], /OpenClaw itself/],
  ['env.path', 'a script that runs OpenClaw', shim('node_modules/openclaw/x'), ['warn'], /itself/],
  ['env.path', 'something else', shim('#!/bin/sh'), ['warn'], /another program/],
  ['env.path', 'nothing', {}, ['warn'], /no openclaw in PATH/],
  ['env.home', 'a home', {}, ['pass']],
  ['env.home', 'none', { env: { HOME: '/nowhere/at/all' } }, ['fail'], /not there/],
  ['env.state_dir', 'one of ours', config(GOOD), ['pass']],
  ['env.state_dir', 'none', {}, ['warn'], /no state directory/],
  [
    'env.state_dir',
    'somebody else’s',
    { config: GOOD, machine: { uid: 4242 } },
    ['fail'],
    /user 4242/,
  ],
  [
    'env.state_dir',
    'a file',
    { prepare: (home) => writeFileSync(join(home.path, '.openclaw'), '') },
    ['fail'],
    /no folder/,
  ],
  ['env.disk', 'enough', { machine: { freeBytes: () => 2 ** 31 } }, ['pass']],
  ['env.disk', 'little', { machine: { freeBytes: () => 2 ** 29 } }, ['warn'], /512 MB/],
  ['env.disk', 'next to nothing', { machine: { freeBytes: () => 2 ** 20 } }, ['fail'], /1 MB/],
  ['env.disk', 'a machine that cannot tell', { machine: { freeBytes: () => undefined } }, []],
  ['env.clock', 'the right time', config(GOOD), ['pass']],
  ['env.clock', 'the beginning of time', { machine: { now: () => 0 } }, ['fail'], /1970/],
  [
    'env.clock',
    'a time before the config was written',
    {
      config: GOOD,
      prepare: (home) => {
        const later = Date.now() / 1000 + 86_400;
        utimesSync(home.config, later, later);
      },
    },
    ['warn'],
    /the state was written at/,
  ],
  ['config.found', 'a config', config(GOOD), ['pass']],
  ['config.found', 'none', {}, ['warn'], /There is no config/],
  ['config.readable', 'JSON5', config(GOOD), ['pass']],
  ['config.readable', 'half a config', config('{ gateway: '), ['fail'], /openclaw\.json/],
  [
    'config.readable',
    'a folder in its place',
    { prepare: (home) => folder(home.config) },
    ['fail'],
    /directory/,
  ],
  ['config.includes', 'no includes', config(GOOD), []],
  [
    'config.includes',
    'one that is there',
    {
      config: '{ agents: { $include: "./agents.json5" } }',
      prepare: (home) => writeFileSync(join(home.path, '.openclaw/agents.json5'), '{}'),
    },
    ['pass'],
    /1 included/,
  ],
  [
    'config.includes',
    'one that is not',
    config('{ $include: "./no.json5" }'),
    ['fail'],
    /no\.json5/,
  ],
  ['config.includes', 'one outside', config('{ $include: "/etc/hostname" }'), ['fail'], /outside/],
  ['config.valid', 'known keys', config(GOOD), ['pass']],
  [
    'config.valid',
    'two typing errors',
    config('{ gatway: {}, gateway: { bind: "Lan" } }'),
    ['fail', 'fail'],
  ],
  ['config.inert', 'none', config(GOOD), []],
  ['config.inert', 'some', config('{ ui: { seamColor: "x" }, tts: {} }'), ['warn'], /2 keys/],
  ['config.variables', 'one that is set', { config: model('${M}'), env: { M: 'a/b' } }, []],
  ['config.variables', 'one that is not', config(model('${M}')), ['warn'], /M is not set/],
  ['config.warnings', 'nothing odd', config(GOOD), []],
  [
    'config.warnings',
    'an unknown channel',
    config('{ channels: { telgram: {} } }'),
    ['warn'],
    /telegram/,
  ],
  ['config.secrets', 'no references', config(GOOD), []],
  [
    'config.secrets',
    'one that resolves',
    {
      config: '{ gateway: { auth: { token: { source: "env", id: "T" } } } }',
      env: { T: 'a token of some length' },
    },
    ['pass'],
  ],
  [
    'config.secrets',
    'one that does not',
    config('{ gateway: { auth: { token: { source: "env", id: "T" } } } }'),
    ['fail'],
    /gateway\.auth\.token/,
  ],
  [
    'config.secrets',
    'one that a program resolves',
    config('{ gateway: { auth: { token: { source: "exec", provider: "p", id: "T" } } } }'),
    ['skip'],
    /--deep/,
  ],
  [
    'config.secrets',
    'one that a program should resolve, looked at closely',
    {
      config: '{ gateway: { auth: { token: { source: "exec", provider: "p", id: "T" } } } }',
      deep: true,
    },
    ['fail'],
  ],
  ['config.start', 'a config to start with', config(GOOD), ['pass']],
  [
    'config.start',
    'a gateway elsewhere',
    config('{ gateway: { mode: "remote" } }'),
    ['pass'],
    /elsewhere/,
  ],
  ['config.start', 'no mode', config('{ gateway: {} }'), ['fail'], /mode is not set/],
  [
    'config.start',
    'an open door',
    config('{ gateway: { mode: "local", bind: "lan", auth: { mode: "none" } } }'),
    ['fail'],
    /will not start/,
  ],
  ['security.permissions', 'private files', config(GOOD), ['pass']],
  [
    'security.permissions',
    'a config for everybody',
    { config: GOOD, prepare: (home) => chmodSync(home.config, 0o644) },
    ['fail'],
    /Anybody on this machine may read/,
  ],
  [
    'security.permissions',
    'a folder for the group',
    { config: GOOD, prepare: (_, { paths }) => chmodSync(paths.stateDir, 0o750) },
    ['warn'],
    /750/,
  ],
  ['security.audit', 'nothing critical', config(GOOD), ['pass']],
  [
    'security.audit',
    'no secret',
    config('{ gateway: { mode: "local", bind: "lan", auth: { mode: "none" } } }'),
    ['fail'],
    /critical/,
  ],
  ['security.workspace', 'one to come', config(GOOD), ['pass'], /first used/],
  [
    'security.workspace',
    'one elsewhere that is not there',
    config('{ agents: { defaults: { workspace: "~/work" } } }'),
    ['warn'],
    /is not there/,
  ],
  [
    'security.workspace',
    'one elsewhere that is',
    {
      config: '{ agents: { defaults: { workspace: "~/work" } } }',
      prepare: (home) => folder(join(home.path, 'work')),
    },
    ['pass'],
    /is there/,
  ],
  [
    'security.workspace',
    'a link that leads nowhere',
    {
      config: GOOD,
      prepare: (home) => symlinkSync('/nowhere', join(home.path, '.openclaw/workspace')),
    },
    ['fail'],
    /leads nowhere/,
  ],
];
