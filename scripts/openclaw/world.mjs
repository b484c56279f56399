/**
 * A gateway of ours with a model that says what it is told, and the `openclaw` package of npm beside
 * it, in folders of their own.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fakeOpenAI } from '@portcullis/testkit';

import { root } from '../toolchain.mjs';

const TOKEN = 'try-token-of-sufficient-length-0001';

/** What the model answers: a command where it is asked to run one, else an echo. */
function respond({ body, lastText }) {
  const text = String(lastText ?? '');
  const wanted = /^run (.+)$/mu.exec(text)?.[1];
  const answersTool = body.messages?.at(-1)?.role === 'tool';
  if (wanted !== undefined && !answersTool) {
    return { toolCalls: [{ name: 'exec', input: { command: wanted } }] };
  }
  return { chunks: answersTool ? ['The command ', 'ended.'] : ['I heard you ', 'loud and clear.'] };
}

function config(model, pageOrigins) {
  return {
    gateway: {
      mode: 'local',
      bind: 'loopback',
      auth: { mode: 'token', token: TOKEN },
      controlUi: { allowedOrigins: pageOrigins },
    },
    tools: { profile: 'coding', exec: { security: 'full', ask: 'always' } },
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
  };
}

function startGateway(env) {
  const bin = join(root, 'packages/cli/bin/openclaw.mjs');
  const child = spawn(process.execPath, [bin, 'gateway', 'run', '--port', '0'], { env });
  let printed = '';
  const url = new Promise((resolve, reject) => {
    const look = (text) => {
      printed += text;
      const found = /Gateway ready: (http:\S+)/u.exec(printed)?.[1];
      if (found !== undefined) resolve(found.replace(/\/$/u, ''));
    };
    child.stdout.setEncoding('utf8').on('data', look);
    child.stderr.setEncoding('utf8').on('data', look);
    child.once('close', () => reject(new Error(`the gateway did not start:\n${printed}`)));
  });
  return { child, url };
}

/** Starts everything. `close` ends it and takes its folder away. */
export async function openWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-try-'));
  const state = join(folder, 'state');
  const home = join(folder, 'home');
  mkdirSync(state);
  mkdirSync(join(home, '.openclaw'), { recursive: true });
  const model = await fakeOpenAI({ respond });
  writeFileSync(join(state, 'openclaw.json'), JSON.stringify(config(model, [])), { mode: 0o600 });
  const env = { ...process.env, HOME: folder, OPENCLAW_STATE_DIR: state };
  const gateway = startGateway(env);
  const url = await gateway.url;
  const socketUrl = url.replace('http', 'ws');
  const remote = { mode: 'remote', remote: { url: socketUrl, token: TOKEN } };
  writeFileSync(join(home, '.openclaw/openclaw.json'), JSON.stringify({ gateway: remote }));
  return {
    folder,
    url,
    socketUrl,
    token: TOKEN,
    /** The environment of the other product: nothing of ours is in it. */
    theirEnv: { PATH: process.env.PATH, HOME: home, TERM: 'xterm-256color', NO_COLOR: '1' },
    /** The environment of our command line. */
    ourEnv: env,
    close: async () => {
      gateway.child.kill('SIGKILL');
      await model.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
