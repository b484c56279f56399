/**
 * A context for a tool with servers on loopback behind its broker: every origin a test names leads to
 * a handler of its own.
 */
import { once } from 'node:events';
import { type RequestListener, type Server, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  type NetRequest,
  type NetResponse,
  Secret,
  type ToolContext,
  type ToolSettings,
} from '@portcullis/core';

export class FakeWeb {
  readonly asked: NetRequest[] = [];
  readonly #servers = new Map<string, Server>();

  /** Answers for `origin`, such as `https://site.example`. */
  async serve(origin: string, listener: RequestListener): Promise<void> {
    const server = createServer(listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.set(origin, server);
  }

  /** A page that is always the same. */
  async page(url: string, type: string, body: string | Uint8Array, status = 200): Promise<void> {
    await this.serve(new URL(url).origin, (_request, response) => {
      response.writeHead(status, type === '' ? {} : { 'content-type': type }).end(body);
    });
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
    this.#servers.clear();
  }

  /** What a call knows, with this config for the tool. */
  context(config?: Readonly<Record<string, unknown>>): ToolContext {
    return {
      signal: AbortSignal.timeout(10_000),
      sessionKey: 'agent:main:main',
      agentId: 'main',
      requester: { id: 'telegram:42', channel: 'telegram', accountId: 'default', trust: 'owner' },
      brokers: { net: { fetch: (asked) => this.#fetch(asked) } },
      ...(config === undefined ? {} : { settings: settingsOf(config) }),
    };
  }

  async #fetch(asked: NetRequest): Promise<NetResponse> {
    this.asked.push(asked);
    const url = new URL(asked.url);
    const server = this.#servers.get(url.origin);
    if (server === undefined) throw new Error(`nothing answers for ${url.origin}`);
    const { port } = server.address() as AddressInfo;
    const headers = Object.entries(asked.headers ?? {}).map(([name, value]) => [
      name,
      value instanceof Secret ? value.reveal() : value,
    ]);
    const sent = request({
      host: '127.0.0.1',
      port,
      path: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(headers) as Record<string, string>,
    }).end();
    const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return {
      url: url.href,
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: new Uint8Array(Buffer.concat(chunks)),
      truncated: false,
    };
  }
}

function settingsOf(config: Readonly<Record<string, unknown>>): ToolSettings {
  return {
    get: (path) => (path === 'apiKey' ? undefined : config[path]),
    secret: (path) => {
      const value = config[path];
      return typeof value === 'string' ? new Secret(value, `test:${path}`) : undefined;
    },
  };
}
