/**
 * A gateway whose one tool fetches what a test asks for, and servers for it to reach on loopback.
 */
import { once } from 'node:events';
import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type NetRequest, type NetResponse, PortcullisError, type Tool } from '@portcullis/core';

import type { Resolve } from '../../src/index.ts';
import { type Harness, direct, openHarness, until } from '../pipeline/harness.ts';

/** How a fetch ended. */
export type Ending = NetResponse | { readonly code: string; readonly message: string };

export const text = (ending: Ending | undefined): string =>
  ending !== undefined && 'body' in ending ? new TextDecoder().decode(ending.body) : '';

export const codeOf = (ending: Ending | undefined): string =>
  ending === undefined ? '<none>' : 'code' in ending ? ending.code : String(ending.status);

export class NetWorld {
  readonly harness: Harness;
  readonly lookups: string[];
  readonly #endings: Ending[];

  constructor(harness: Harness, lookups: string[], endings: Ending[]) {
    this.harness = harness;
    this.lookups = lookups;
    this.#endings = endings;
  }

  /** Lets the model fetch these, one after the other, in one turn of `sender`. */
  async fetchAll(requests: readonly NetRequest[], sender = '42'): Promise<readonly Ending[]> {
    const { model, network } = this.harness;
    const before = this.#endings.length;
    const answers = network.sent.length;
    model.script.push(async function* () {
      yield { type: 'tool-call', id: 'call-1', name: 'web_fetch', input: requests };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await network.deliver(direct(sender, 'go and look'));
    await until(() => network.sent.length > answers, 'an answer');
    return this.#endings.slice(before);
  }

  async fetch(request: NetRequest): Promise<Ending | undefined> {
    return (await this.fetchAll([request]))[0];
  }

  /** The lines about the net in the audit log, oldest first. */
  async lines(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const lines = await this.harness.gateway.services.audit.log({ limit: 1000 });
    return lines
      .map(({ entry }) => entry as Readonly<Record<string, unknown>>)
      .filter((entry) => entry['broker'] === 'net');
  }
}

export interface WorldOptions {
  /** A secret the gateway knows. */
  readonly token?: string;
  /** `tools.web.fetch`. */
  readonly fetch?: object;
  /** Answers by host; an answer that is a list of lists is given one after the other. */
  readonly names?: Readonly<Record<string, readonly string[] | readonly (readonly string[])[]>>;
}

export async function openNetWorld({
  fetch = { ssrfPolicy: { dangerouslyAllowPrivateNetwork: true } },
  names = {},
  token,
}: WorldOptions = {}): Promise<NetWorld> {
  const lookups: string[] = [];
  const endings: Ending[] = [];
  const asked = new Map<string, number>();
  const resolve: Resolve = async (host) => {
    lookups.push(host);
    const answer = names[host] ?? [];
    const turn = asked.get(host) ?? 0;
    asked.set(host, turn + 1);
    const chosen = Array.isArray(answer[0]) ? answer[Math.min(turn, answer.length - 1)] : answer;
    return chosen as readonly string[];
  };
  const probe: Tool<readonly NetRequest[]> = {
    name: 'web_fetch',
    description: 'Fetches.',
    input: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({ value: value as readonly NetRequest[] }),
      },
    },
    inputSchema: { type: 'object' },
    effects: ['net'],
    run: async (requests, { brokers }) => {
      for (const request of requests) {
        try {
          const answer = await brokers.net?.fetch(request);
          if (answer !== undefined) endings.push(answer);
        } catch (error) {
          if (!PortcullisError.is(error)) throw error;
          endings.push({ code: error.code, message: error.message });
        }
      }
      return { text: 'done' };
    },
  };
  const harness = await openHarness({
    config: {
      gateway: { mode: 'local', ...(token === undefined ? {} : { auth: { token } }) },
      session: { dmScope: 'per-channel-peer' },
      tools: { profile: 'full', web: { fetch } },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
    },
    tools: [probe as Tool],
    resolve,
  });
  return new NetWorld(harness, lookups, endings);
}

/** A server of the test on loopback. */
export interface Site {
  readonly port: number;
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: string;
  }[];
  readonly server: Server;
}

export async function openSite(listener: RequestListener): Promise<Site> {
  const requests: Site['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      listener(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, requests, server };
}
