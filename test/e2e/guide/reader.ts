/**
 * Somebody who follows a page of the documentation: a home directory, a shell, and programs of other
 * people that only write down how they were called.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { editConfig } from '@portcullis/gateway/config';
import { type FakeTelegram, fakeTelegram } from '@portcullis/testkit';

import { type Finished, type GatewayCommand, runGateway } from '../openclaw.ts';

const BIN = fileURLToPath(new URL('../../../packages/cli/bin/openclaw.mjs', import.meta.url));
/** What reaches other machines or needs their consent. */
const OTHERS = ['ssh', 'sudo', 'tailscale'];
const TOKEN = 'a-token-of-a-reader-who-follows-the-page-0001';

/** A reader. */
export interface Reader {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly telegram: FakeTelegram;
  /** Makes this his config. */
  write(config: string): void;
  /** Runs a line of a page in a shell. */
  run(line: string): Promise<Finished>;
  start(): Promise<GatewayCommand>;
  /** How other people's programs were called, a line each. */
  called(): readonly string[];
  close(): Promise<void>;
}

/** One thing a page's config has differently here: where a server is that stands for a real one. */
export interface Edit {
  readonly path: string;
  readonly value: string;
}

/**
 * What a page says, in the config of somebody who runs a gateway here. Telegram, where the page has
 * it, is the fake one.
 */
function ownConfig(piece: string, telegram: FakeTelegram, more: readonly Edit[]): string {
  const edits = [{ path: 'gateway.mode', value: 'local' }, ...more];
  if (piece.includes('telegram:')) {
    edits.push({ path: 'channels.telegram.apiRoot', value: telegram.url });
  }
  return editConfig(piece, edits);
}

/** Makes a reader with an empty home, other servers in his config, and variables in his environment. */
export async function createReader(
  edits: readonly Edit[] = [],
  variables: Readonly<Record<string, string>> = {},
): Promise<Reader> {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-guide-'));
  const telegram = await fakeTelegram();
  const programs = join(home, 'programs');
  const calls = join(home, 'calls');
  const path = join(home, '.openclaw/openclaw.json');
  mkdirSync(programs);
  mkdirSync(dirname(path));
  writeFileSync(calls, '');
  const program = (name: string, text: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  program('openclaw', `exec "${process.execPath}" "${BIN}" "$@"`);
  for (const name of OTHERS) program(name, `echo "${name} $*" >> "${calls}"`);
  const env = {
    PATH: `${programs}:/usr/bin:/bin`,
    HOME: home,
    NODE_COMPILE_CACHE: join(tmpdir(), 'portcullis-compile-cache'),
    OPENCLAW_GATEWAY_TOKEN: TOKEN,
    TELEGRAM_BOT_TOKEN: telegram.token,
    ...variables,
  };
  const running: GatewayCommand[] = [];
  return {
    home,
    env,
    telegram,
    write: (config) => writeFileSync(path, ownConfig(config, telegram, edits), { mode: 0o600 }),
    run: (line) =>
      new Promise((resolve) => {
        const child = execFile('/bin/sh', ['-c', line], { env, cwd: home }, (_, stdout, stderr) => {
          resolve({ code: child.exitCode, stdout, stderr });
        });
        child.stdin?.end();
      }),
    start: async () => {
      const gateway = await runGateway(env);
      running.push(gateway);
      return gateway;
    },
    called: () => readFileSync(calls, 'utf8').split('\n').slice(0, -1),
    close: async () => {
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.all(running.map(({ finished }) => finished));
      await telegram.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
