/**
 * Programs of service managers that answer as the real ones do, and write down how they were called.
 *
 * @module
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Doors } from '../../src/index.ts';
import { findManager } from '../../src/service/find-supervisor.ts';
import { put } from '../backup/state.ts';
import type { CallOptions, Home } from '../call.ts';

const BODY = {
  linux: `
    const [user, verb, ...rest] = args;
    if (user !== '--user') fail('not for users');
    if (verb === 'enable') save({ ...kept(), enabled: true });
    if (verb === 'start' || verb === 'restart') save({ ...kept(), running: true });
    if (verb === 'stop') save({ ...kept(), running: false });
    if (verb === 'disable') save({ enabled: false, running: false });
    if (verb === 'show') {
      const { enabled, running } = kept();
      console.log(['LoadState=' + (enabled ? 'loaded' : 'not-found'), 'UnitFileState=' + (enabled ? 'enabled' : ''),
        'ActiveState=' + (running ? 'active' : 'inactive'), 'SubState=' + (running ? 'running' : 'dead'),
        'MainPID=' + (running ? 4242 : 0), 'Result=success', 'ExecMainStatus=0'].join('\\n'));
    }`,
  darwin: `
    const [verb, ...rest] = args;
    if (verb === 'bootstrap') kept().loaded ? fail('Bootstrap failed: 5: Input/output error') : save({ loaded: true, running: true });
    if (verb === 'bootout') kept().loaded ? save({}) : fail('Boot-out failed: 3: No such process');
    if (verb === 'kickstart') kept().loaded ? save({ loaded: true, running: true }) : fail('Could not find service');
    if (verb === 'print') {
      if (!kept().loaded) fail('Could not find service', 113);
      console.log('gui/501/ai.openclaw.gateway = {\\n\\tstate = ' + (kept().running ? 'running' : 'not running') + '\\n\\tpid = 4242\\n\\tlast exit code = 0\\n}');
    }`,
} as const;

/** A service manager of the test. */
export interface FakeManager {
  readonly doors: Partial<Doors>;
  /** The calls since the last question, without those that only ask. */
  calls(): readonly string[];
  /** The variables the program was given with its last call. */
  env(): Readonly<Record<string, string>>;
  /** Lets every call from now on fail with this on stderr. */
  fail(said: string): void;
}

/** Makes a manager whose program, calls and files are in the home of the test. */
export function fakeManager(
  home: Home,
  platform: 'linux' | 'darwin',
  namespaces = true,
): FakeManager {
  const [log, kept, failure] = ['calls', 'kept', 'failure'].map((name) =>
    join(home.path, `.manager-${name}`),
  ) as [string, string, string];
  const program = put(
    home.path,
    '.manager-program',
    `#!${process.execPath}
    const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
    const args = process.argv.slice(2);
    appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args, env: process.env }) + '\\n');
    const fail = (said, code = 1) => { console.error(said); process.exit(code); };
    if (existsSync(${JSON.stringify(failure)})) fail(readFileSync(${JSON.stringify(failure)}, 'utf8'));
    const kept = () => existsSync(${JSON.stringify(kept)}) ? JSON.parse(readFileSync(${JSON.stringify(kept)}, 'utf8')) : {};
    const save = (all) => writeFileSync(${JSON.stringify(kept)}, JSON.stringify(all));
    ${BODY[platform]}`,
    0o700,
  );
  const seen = (): { args: string[]; env: Record<string, string> }[] =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { args: string[]; env: Record<string, string> })
      : [];
  return {
    doors: {
      findManager: async ({ env, paths }) =>
        findManager({ env, paths, platform, program, namespaces }),
    },
    calls: () => {
      const all = seen().map(({ args }) => args.join(' '));
      rmSync(log, { force: true });
      return all.filter((call) => !/^(?:--user show|print) /u.test(call));
    },
    env: () => seen().at(-1)?.env ?? {},
    fail: (said) => writeFileSync(failure, said),
  };
}

/** A call with a manager in it. */
export function withManager(
  home: Home,
  { doors }: FakeManager,
  env: CallOptions['env'] = {},
): CallOptions {
  return { home, doors, env };
}
