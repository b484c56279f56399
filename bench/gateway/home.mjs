/**
 * A state directory for a measured gateway: one channel, one model, everything on loopback.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The token of every gateway that is measured; it never leaves this machine. */
export const TOKEN = 'bench-token-of-sufficient-length-0001';

/** The config of a measured gateway. */
function benchConfig(fakesUrl, port) {
  return {
    gateway: { mode: 'local', bind: 'loopback', port, auth: { mode: 'token', token: TOKEN } },
    session: { dmScope: 'per-channel-peer' },
    tools: { profile: 'messaging', exec: { security: 'deny', ask: 'always' } },
    agents: { defaults: { model: 'local/scripted' } },
    models: {
      providers: {
        local: {
          baseUrl: `${fakesUrl}/v1`,
          api: 'openai-completions',
          models: [{ id: 'scripted', name: 'Scripted' }],
        },
      },
    },
    channels: {
      telegram: {
        apiRoot: fakesUrl,
        botToken: '7000001:bench-token-of-a-bot-that-is-nowhere',
        dmPolicy: 'pairing',
        groups: { '*': { requireMention: true } },
      },
    },
  };
}

/**
 * Writes a state directory.
 *
 * @param {string} fakesUrl
 * @param {(config: object) => object} [change]
 */
export async function createHome(fakesUrl, change = (config) => config) {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const stateDir = join(folder, '.openclaw');
  const port = await freePort();
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const config = JSON.stringify(change(benchConfig(fakesUrl, port)), null, 2);
  writeFileSync(join(stateDir, 'openclaw.json'), config, { mode: 0o600 });
  const { PATH, LANG } = process.env;
  return {
    folder,
    stateDir,
    port,
    env: { PATH, LANG, HOME: folder, OPENCLAW_STATE_DIR: stateDir, NODE_ENV: 'production' },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A port that was free a moment ago. @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
