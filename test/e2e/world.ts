/**
 * A state directory, a fake Telegram, a scripted model server, and gateways that come and go.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { resolvePaths } from '@portcullis/gateway/config';
import {
  type FakeAnswer,
  type FakeModelRequest,
  type FakeModelServer,
  type FakeTelegram,
  fakeOpenAI,
  fakeTelegram,
} from '@portcullis/testkit';

import { openOperator } from '../../packages/cli/src/compose/open-operator.ts';
import type { Launch } from './networks/network.ts';
import type { Operator } from '../../packages/cli/src/compose/operator.ts';

const PROGRAM = fileURLToPath(new URL('gateway-process.ts', import.meta.url));

/** The baseline of the documentation, with Telegram and a scripted model. */
export function worldConfig(telegram: FakeTelegram, model: FakeModelServer): object {
  return {
    gateway: {
      mode: 'local',
      bind: 'loopback',
      auth: { mode: 'token', token: 'e2e-token-of-sufficient-length-0001' },
    },
    session: { dmScope: 'per-channel-peer' },
    tools: { profile: 'messaging', exec: { security: 'deny', ask: 'always' } },
    agents: { defaults: { model: 'local/scripted' } },
    models: {
      providers: {
        local: {
          baseUrl: model.url,
          api: 'openai-completions',
          models: [{ id: 'scripted', name: 'Scripted' }],
        },
      },
    },
    channels: {
      telegram: {
        apiRoot: telegram.url,
        botToken: telegram.token,
        dmPolicy: 'pairing',
        groups: { '*': { requireMention: true } },
      },
    },
  };
}

/** One process of the gateway. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** How the process ended: a signal name or an exit code. */
  readonly ended: Promise<string>;
}

/** Everything around the gateway. */
export interface World {
  readonly folder: string;
  /** The environment commands run in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly telegram: FakeTelegram;
  readonly model: FakeModelServer;
  /** Starts a gateway. Undefined when it died before it listened. */
  start(point?: string, nth?: number): Promise<GatewayProcess | undefined>;
  /** Talks to the gateway that runs. Throws when none does. */
  operator(): Promise<Operator>;
  close(): Promise<void>;
}

/** Makes a world. `respond` is the model. */
export async function createWorld(
  respond: (request: FakeModelRequest) => string | FakeAnswer | Promise<string | FakeAnswer>,
  change: (config: object) => object = (config) => config,
  launch?: Launch,
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-e2e-'));
  const telegram = await fakeTelegram();
  const model = await fakeOpenAI({ respond });
  const env = {
    ...process.env,
    HOME: folder,
    OPENCLAW_STATE_DIR: join(folder, 'state'),
    ...launch?.variables,
    NODE_COMPILE_CACHE: join(tmpdir(), 'portcullis-compile-cache'),
  };
  const paths = resolvePaths(env);
  const children = new Set<ChildProcess>();
  mkdirSync(paths.stateDir, { recursive: true });
  writeFileSync(paths.configPath, JSON.stringify(change(worldConfig(telegram, model)), null, 2), {
    mode: 0o600,
  });
  return {
    folder,
    env,
    telegram,
    model,
    start: async (point = '-', nth = 1) => {
      const preload = launch === undefined ? [] : ['--import', launch.preload];
      const args = ['--conditions=@portcullis/source', ...preload, PROGRAM, point, String(nth)];
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
      children.add(child);
      const ended = new Promise<string>((resolve) => {
        child.once('exit', (code, signal) => {
          children.delete(child);
          resolve(signal ?? String(code));
        });
      });
      const line = new Promise<string>((resolve) => {
        createInterface({ input: child.stdout }).once('line', resolve);
      });
      const first = await Promise.race([line, ended.then(() => undefined)]);
      if (first === undefined) return undefined;
      const { url } = JSON.parse(first) as { url: string };
      return { child, url, ended };
    },
    operator: () => {
      const { stdin, stdout, stderr } = process;
      const { signal } = new AbortController();
      const context = { env, paths, stdin, stdout, stderr, signal, version: '0.0.0-test' };
      return openOperator(context, { live: true });
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all([telegram.close(), model.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The text of the last message a person wrote, out of a request to the model. */
export function lastUserText({ body }: FakeModelRequest): string {
  const messages = body['messages'];
  if (!Array.isArray(messages)) return '';
  const last: unknown = messages.findLast((message: { role?: unknown }) => message.role === 'user');
  const { content } = (last ?? {}) as { content?: unknown };
  if (typeof content === 'string') return content;
  const [part] = (content ?? []) as { text?: string }[];
  return part?.text ?? '';
}

/** Waits until `check` holds. */
export async function until(
  check: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
