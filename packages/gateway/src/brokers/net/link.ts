/**
 * The link to the one URL of a tool server: what the operator configured, and nothing beside it.
 *
 * Every request and every redirect is decided like any other request to the net, with two
 * differences. A redirect may lead nowhere but to the same origin. And an address of this machine or
 * of the local network is reached where the operator wrote it himself, as an address, `localhost` or a
 * name reserved for local networks: a public name that leads there is refused as always.
 *
 * @module
 */
import type { Socket } from 'node:net';

import {
  type Decision,
  PortcullisError,
  type Secret,
  type WebLink,
  type WebLinkAnswer,
  type WebLinkRequest,
} from '@portcullis/core';
import { type NetInput, classifyAddress, decideNet } from '@portcullis/policy/network';

import { getPath } from '../../config/index.ts';
import { EGRESS_BLOCKED } from '../../egress/guard.ts';
import type { Kernel } from '../../kernel.ts';
import type { ConfigGate } from '../config-effect.ts';
import { openConnection } from './connection.ts';
import { type OpenAnswer, failed, openExchange } from './exchange.ts';
import { type Outgoing, isRedirect, outgoing, redirected } from './outgoing.ts';
import { factsOf, refusal, secretInClear, textsOf } from './request-facts.ts';
import { type Resolve, addressesOf } from './resolve.ts';

/** What a link is made of. */
export interface LinkOptions {
  /** As configured. */
  readonly url: string;
  /** Config path of the URL, for decisions. */
  readonly path: string;
  /** Headers that go with every request. */
  readonly headers: () => Readonly<Record<string, Secret>>;
  /** From the first look-up to the last byte of an answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly resolve: Resolve;
}

/** Most bytes of one answer. */
const ANSWER_BYTES = 20_000_000;
const MOST_REDIRECTS = 3;

/** Links to one URL. */
export function createLink(kernel: Kernel, gate: ConfigGate, options: LinkOptions): WebLink {
  return {
    url: options.url,
    request: (request) => new LinkedRequest(kernel, gate, options, request.signal).run(request),
  };
}

class LinkedRequest {
  readonly #kernel: Kernel;
  readonly #gate: ConfigGate;
  readonly #options: LinkOptions;
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal;
  #socket: Socket | undefined;

  constructor(kernel: Kernel, gate: ConfigGate, options: LinkOptions, signal?: AbortSignal) {
    this.#kernel = kernel;
    this.#gate = gate;
    this.#options = options;
    this.#timer = setTimeout(() => this.#over.abort(late(options.timeoutMs)), options.timeoutMs);
    const signals = [gate.signal, this.#over.signal];
    this.#signal = AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }

  async run({ method = 'GET', headers = {}, body }: WebLinkRequest): Promise<WebLinkAnswer> {
    try {
      let out = outgoing({
        url: this.#options.url,
        method,
        headers: { ...headers, ...this.#options.headers() },
        ...(body === undefined ? {} : { body }),
      });
      for (;;) {
        const answer = await this.#visit(out);
        if (!isRedirect(answer.status, answer.location)) return this.#hand(answer);
        this.#socket?.destroy();
        out = redirected(out, answer.status, answer.location) ?? out;
      }
    } catch (error) {
      this.#end();
      this.#over.signal.throwIfAborted();
      throw error;
    }
  }

  async #visit(out: Outgoing): Promise<OpenAnswer> {
    return await this.#gate.perform({
      kind: 'net',
      action: 'fetch',
      facts: factsOf(out),
      decide: () => {
        const byText = this.#decide(out);
        const others = [...this.#elsewhere(out), ...this.#carried(out)];
        return byText.code === 'net.dns.unresolved' ? [CONFIGURED, ...others] : [byText, ...others];
      },
      act: () => this.#reach(out),
      outcome: ({ status }) => ({ status }),
    });
  }

  async #reach(out: Outgoing): Promise<OpenAnswer> {
    const url = new URL(out.url);
    const host = url.hostname.replace(/^\[|\]$/gu, '');
    const addresses =
      classifyAddress(host) === undefined
        ? await addressesOf(this.#options.resolve, host, this.#signal)
        : [host];
    return await this.#gate.perform({
      kind: 'net',
      action: 'connect',
      facts: { ...factsOf(out), addresses: addresses.join(' ').slice(0, 500) },
      decide: () => [this.#decide(out, { resolved: addresses }), ...secretInClear(out, addresses)],
      act: async () => {
        const check = (connectIp: string): void => {
          const decision = this.#decide(out, { resolved: addresses, connectIp });
          if (decision.effect !== 'allow') throw refusal(decision);
        };
        this.#socket = await openConnection({ url, addresses, check }, this.#signal);
        return await openExchange(this.#socket, out, this.#signal);
      },
    });
  }

  #decide({ url, hop }: Outgoing, known: Partial<NetInput> = {}): Decision {
    const fetch = getPath(
      this.#kernel.config().value,
      'tools.web.fetch.ssrfPolicy.blockedHostnames',
    );
    const ssrfPolicy = {
      ...(fetch === undefined ? {} : { blockedHostnames: fetch }),
      allowedHostnames: localHosts(this.#options.url),
    };
    const config = { tools: { web: { fetch: { maxRedirects: MOST_REDIRECTS, ssrfPolicy } } } };
    return decideNet(config, { tool: 'web_fetch', url, hop, ...known });
  }

  /** No secret leaves but those that were configured for this server. */
  #carried(out: Outgoing): readonly Decision[] {
    return this.#kernel.egress.carries(textsOf(out)) ? [EGRESS_BLOCKED] : [];
  }

  /** The refusal of any origin but the configured one. */
  #elsewhere({ url }: Outgoing): readonly Decision[] {
    const { origin } = new URL(this.#options.url);
    if (URL.canParse(url) && new URL(url).origin === origin) return [];
    const reason = 'A tool server is reached at its configured origin only.';
    return [{ effect: 'deny', code: 'server.origin', path: this.#options.path, reason }];
  }

  #hand({ status, headers, message }: OpenAnswer): WebLinkAnswer {
    const end = (): void => this.#end();
    const over = this.#over.signal;
    message.on('error', () => undefined).once('close', end);
    const chunks: AsyncIterator<Buffer> = message[Symbol.asyncIterator]();
    let size = 0;
    const iterator: AsyncIterator<Uint8Array, undefined, undefined> = {
      next: async () => {
        try {
          const { done, value } = await chunks.next();
          if (done === true) return { done, value: undefined };
          size += value.length;
          if (size > ANSWER_BYTES) throw flood();
          return { done: false, value: new Uint8Array(value) };
        } catch (error) {
          end();
          over.throwIfAborted();
          throw PortcullisError.is(error) ? error : failed(error);
        }
      },
      return: async () => {
        end();
        return { done: true, value: undefined };
      },
    };
    return { status, headers, body: { [Symbol.asyncIterator]: () => iterator } };
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }
}

/** Where nothing but a look-up is missing: the addresses are decided before the connection. */
const CONFIGURED: Decision = {
  effect: 'allow',
  code: 'server.configured',
  path: '<config>',
  reason: 'The operator configured this server.',
};

const LOCAL_NAME = /(?:^|\.)(?:localhost|local|lan|internal|home\.arpa)\.?$/u;

/** The host of the URL, where it was written as one of this machine or of the local network. */
function localHosts(url: string): readonly string[] {
  if (!URL.canParse(url)) return [];
  const host = new URL(url).hostname.replace(/^\[|\]$/gu, '');
  const kind = classifyAddress(host);
  const local = kind === undefined ? LOCAL_NAME.test(host) : kind !== 'public';
  return local ? [host] : [];
}

function flood(): PortcullisError {
  return new PortcullisError('server.flood', 'The server said more at once than is read.', {
    hint: 'Ask it for less; a server that does so unasked is broken or hostile.',
  });
}

function late(limitMs: number): PortcullisError {
  const seconds = Math.round(limitMs / 100) / 10;
  return new PortcullisError(
    'net.timeout',
    `The server did not answer within ${String(seconds)} seconds.`,
    { hint: 'Try again later, or ask for less.', retryable: true },
  );
}
