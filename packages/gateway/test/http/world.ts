/** A gateway whose HTTP API is on, and the clients people use against it. */
import { request } from 'node:http';

import OpenAI from 'openai';

import { createSecrets, loadConfig, resolvePaths } from '../../src/config/index.ts';
import { type Server, createServer } from '../../src/index.ts';
import type { AuditLine } from '../../src/services.ts';
import { type Harness, type HarnessOptions, openHarness, until } from '../pipeline/harness.ts';

export const SHARED = 'gateway-token-of-32-characters-1';
export const READER = 'reader-token-of-32-characters-01';
export const WRITER = 'writer-token-of-32-characters-01';
export const ADMIN = 'admin-token-of-32-characters-001';
export const NOBODY = 'nobody-token-of-32-characters-01';

/** An answer to a call. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The text as JSON, empty where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The config of these tests; `gateway` and `change` are added to it. */
export function httpConfig(gateway: object = {}, change: object = {}): object {
  return {
    gateway: {
      mode: 'local',
      auth: { mode: 'token', token: SHARED },
      http: {
        endpoints: { chatCompletions: { enabled: true }, responses: { enabled: true } },
        metrics: { enabled: true },
        tokens: {
          reader: { token: READER, scopes: ['operator.read'] },
          writer: { token: WRITER, scopes: ['operator.write'] },
          admin: { token: ADMIN, scopes: ['operator.admin'] },
          nobody: { token: NOBODY },
        },
      },
      ...gateway,
    },
    session: { dmScope: 'per-channel-peer' },
    commands: { ownerAllowFrom: ['telegram:42'] },
    tools: { profile: 'full' },
    channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
    ...change,
  };
}

/** Opens the gateway and listens. */
export async function openHttp(
  options: Partial<HarnessOptions> & { readonly gateway?: object; readonly change?: object } = {},
): Promise<HttpWorld> {
  const { gateway, change, ...rest } = options;
  return await HttpWorld.over(await openHarness({ config: httpConfig(gateway, change), ...rest }));
}

/** Secrets of which some were taken back. */
export interface Revocable {
  /** Paths that have no secret any more. */
  readonly taken: Set<string>;
}

async function serve(harness: Harness, { taken }: Revocable): Promise<Server> {
  const paths = resolvePaths({ OPENCLAW_STATE_DIR: harness.folder, HOME: harness.folder });
  const config = loadConfig({ env: {}, paths });
  const secrets = createSecrets(config, config.env, paths);
  const { services, route } = harness.gateway;
  return await createServer({
    services,
    host: '127.0.0.1',
    port: 0,
    route,
    secrets: { resolve: (path) => (taken.has(path) ? undefined : secrets.resolve(path)) },
  });
}

/** A gateway with its HTTP API on. */
export class HttpWorld {
  readonly harness: Harness;
  readonly server: Server;
  readonly secrets: Revocable;

  constructor(harness: Harness, server: Server, secrets: Revocable) {
    this.harness = harness;
    this.server = server;
    this.secrets = secrets;
  }

  /** Listens for a gateway that runs. */
  static async over(harness: Harness): Promise<HttpWorld> {
    const secrets: Revocable = { taken: new Set() };
    return new HttpWorld(harness, await serve(harness, secrets), secrets);
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.server.port)}`;
  }

  /** OpenAI's own client with one of the tokens. */
  client(token: string = SHARED, headers: Readonly<Record<string, string>> = {}): OpenAI {
    return new OpenAI({
      apiKey: token,
      baseURL: `${this.url}/v1`,
      maxRetries: 0,
      timeout: 10_000,
      defaultHeaders: headers,
    });
  }

  /** One request as it is. */
  async call(
    method: string,
    path: string,
    options: {
      readonly token?: string | undefined;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string | Uint8Array;
    } = {},
  ): Promise<Answered> {
    const { token, headers = {}, body } = options;
    return await new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.server.port,
          path,
          method,
          agent: false,
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...headers,
          } as Record<string, string>,
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
              text,
              body: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Posts JSON with a token. */
  async post(
    path: string,
    body: unknown,
    token: string | undefined = SHARED,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    return await this.call('POST', path, { token, headers, body: JSON.stringify(body) });
  }

  /** Waits until the model was asked `count` times. */
  async asked(count: number): Promise<void> {
    await until(() => this.harness.model.requests.length >= count, `${String(count)} requests`);
  }

  async audit(code: string): Promise<readonly AuditLine[]> {
    const lines = await this.harness.gateway.services.audit.log({ limit: 1000 });
    return lines.filter(({ entry }) => entry['code'] === code);
  }

  async close(): Promise<void> {
    await this.server.close(100);
    await this.harness.close();
  }
}
