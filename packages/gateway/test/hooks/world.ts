/** A gateway that accepts webhooks on a port of its own. */
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Server, createServer } from '../../src/index.ts';
import type { ApprovalItem, AuditLine } from '../../src/services.ts';
import { type Harness, openHarness, until } from '../pipeline/harness.ts';
import { idleTool } from '../schedule/world.ts';

export const TOKEN = 'hook-token-of-32-characters-0001';
export const SECRET = 'what github signs with';
/** A mapping as operators write it. */
export const GITHUB: Readonly<Record<string, unknown>> = {
  match: { path: 'github' },
  name: 'GitHub',
  instructions: 'Say what changed, in one sentence.',
  messageTemplate: '{{action}} by {{sender.login}}',
  signature: { preset: 'github', secret: SECRET },
};

/** An answer to a call. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Opens the gateway; `hooks` are added to those of every test. */
export async function openHooks(hooks: object = {}, change: object = {}): Promise<HookWorld> {
  const harness = await openHarness({
    config: {
      gateway: {
        mode: 'local',
        auth: { mode: 'token', token: 'gateway-token-of-32-characters-1' },
      },
      session: { dmScope: 'per-channel-peer' },
      commands: { ownerAllowFrom: ['telegram:42'] },
      tools: { profile: 'full' },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
      hooks: { enabled: true, token: TOKEN, mappings: [GITHUB], ...hooks },
      ...change,
    },
    tools: [idleTool('read'), idleTool('web_fetch'), idleTool('cron'), idleTool('gateway')],
  });
  const { services, route } = harness.gateway;
  const server = await createServer({ services, host: '127.0.0.1', port: 0, route });
  return new HookWorld(harness, server);
}

/** A gateway that accepts webhooks. */
export class HookWorld {
  readonly harness: Harness;
  readonly server: Server;

  constructor(harness: Harness, server: Server) {
    this.harness = harness;
    this.server = server;
  }

  /** Calls as the machine at the other end would. Headers are sent as they are, twice if listed twice. */
  async call(
    path: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string | readonly string[]>> = {},
    method: string = 'POST',
  ): Promise<Answered> {
    return await new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.server.port,
          path,
          method,
          agent: false,
          headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const isJson = response.headers['content-type']?.includes('json') === true;
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Calls with the token. */
  async post(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return await this.call(path, text, { authorization: `Bearer ${TOKEN}`, ...headers });
  }

  /** Calls as GitHub does. */
  async github(
    body: string,
    headers: Readonly<Record<string, string>> = {},
    secret: string = SECRET,
  ): Promise<Answered> {
    const code = createHmac('sha256', secret).update(body).digest('hex');
    return await this.call('/hooks/github', body, {
      'x-hub-signature-256': `sha256=${code}`,
      ...headers,
    });
  }

  /** Waits until the model was asked `count` times. */
  async asked(count: number): Promise<void> {
    await until(() => this.harness.model.requests.length >= count, `${String(count)} requests`);
  }

  async audit(code: string): Promise<readonly AuditLine[]> {
    const lines = await this.harness.gateway.services.audit.log({ limit: 1000 });
    return lines.filter(({ entry }) => entry['code'] === code);
  }

  async question(): Promise<ApprovalItem> {
    const { approvals } = this.harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1, 'a question');
    const [item] = await approvals.pending();
    if (item === undefined) throw new Error('no question');
    return item;
  }

  /** Waits until the turns of `runId` have ended. */
  async ended(runId: unknown): Promise<void> {
    await this.harness.gateway.services.chat.wait(String(runId), 5000);
  }

  /** Gives what must not happen the time to happen. */
  async settle(): Promise<void> {
    await sleep(50);
  }

  async close(): Promise<void> {
    await this.server.close(100);
    await this.harness.close();
  }
}
