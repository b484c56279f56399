/**
 * The `net` broker: the one way of tools to the web.
 *
 * Every request, and every redirect as if it were one, is decided by its text first, then by what
 * may leave the session, then by an approver where one is asked for. Only then is its host looked
 * up, once; the addresses are decided, and the connection goes to one of them and nowhere else. A
 * refused URL never reaches a resolver.
 *
 * @module
 */
import type { Decision, NetBroker, NetRequest, NetResponse } from '@portcullis/core';
import { type NetInput, classifyAddress } from '@portcullis/policy/network';

import type { Kernel } from '../../kernel.ts';
import type { EffectGate } from '../effect.ts';
import { openConnection } from './connection.ts';
import { type Answer, exchange } from './exchange.ts';
import { type Limits, type Outgoing, limitsOf, outgoing, redirected } from './outgoing.ts';
import { factsOf, refusal, secretInClear, subjectOf, textsOf } from './request-facts.ts';
import { type Resolve, addressesOf } from './resolve.ts';
import { decideFor } from './rules.ts';
import { Stopwatch } from './stopwatch.ts';

/** What the broker acts through. */
export interface NetRooms {
  readonly resolve: Resolve;
}

/** Fetches for one call. */
export function createNetBroker(kernel: Kernel, gate: EffectGate, rooms: NetRooms): NetBroker {
  return { fetch: (request) => new Fetch(kernel, gate, rooms, request).run() };
}

/** One request of a tool over all its redirects. */
class Fetch {
  readonly #kernel: Kernel;
  readonly #gate: EffectGate;
  readonly #rooms: NetRooms;
  readonly #request: NetRequest;
  readonly #limits: Limits;
  readonly #watch: Stopwatch;

  constructor(kernel: Kernel, gate: EffectGate, rooms: NetRooms, request: NetRequest) {
    this.#kernel = kernel;
    this.#gate = gate;
    this.#rooms = rooms;
    this.#request = request;
    this.#limits = limitsOf(request);
    this.#watch = new Stopwatch(this.#limits.timeoutMs, gate.site.signal);
  }

  async run(): Promise<NetResponse> {
    let out: Outgoing | undefined = outgoing(this.#request);
    for (;;) {
      const answer: Answer = await this.#visit(out);
      const next = redirected(out, answer.status, answer.location);
      if (next === undefined) return await this.#hand(out, answer);
      out = next;
    }
  }

  /** One URL, from the question to the answer. */
  async #visit(out: Outgoing): Promise<Answer> {
    return await this.#gate.perform({
      kind: 'net',
      action: 'fetch',
      facts: factsOf(out),
      subject: subjectOf(out),
      leaves: textsOf(out),
      sink: sinkOf(out),
      decide: async () => {
        const byText = this.#decide(out);
        const flow = await this.#gate.site.flow.decide(sinkOf(out));
        // Nothing but a look-up is missing: the addresses are decided before the connection.
        return byText.code === 'net.dns.unresolved' ? [flow] : [byText, flow];
      },
      act: () => this.#reach(out),
      outcome: ({ status, body }) => ({ status, bytes: body.bytes.length, cut: body.truncated }),
    });
  }

  /** Looks the host up and connects to what it leads to, if that may be. */
  async #reach(out: Outgoing): Promise<Answer> {
    const host = new URL(out.url).hostname.replace(/^\[|\]$/gu, '');
    const addresses =
      classifyAddress(host) === undefined
        ? await this.#watch.run((signal) => addressesOf(this.#rooms.resolve, host, signal))
        : [host];
    return await this.#gate.perform({
      kind: 'net',
      action: 'connect',
      facts: { ...factsOf(out), addresses: addresses.join(' ').slice(0, 500) },
      subject: { ...subjectOf(out), addresses: [...addresses] },
      // What it sends was looked at before its host was looked up.
      leaves: [],
      decide: async () => [
        this.#decide(out, { resolved: addresses }),
        ...secretInClear(out, addresses),
      ],
      act: () => this.#watch.run((signal) => this.#converse(out, addresses, signal)),
    });
  }

  async #converse(
    out: Outgoing,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<Answer> {
    const socket = await openConnection(
      {
        url: new URL(out.url),
        addresses,
        check: (connectIp) => {
          const decision = this.#decide(out, { resolved: addresses, connectIp });
          if (decision.effect !== 'allow') throw refusal(decision);
        },
      },
      signal,
    );
    return await exchange(socket, out, this.#limits.maxBytes, signal);
  }

  #decide({ url, hop }: Outgoing, known: Partial<NetInput> = {}): Decision {
    const { agentId } = this.#gate.site.run;
    const input: NetInput = { tool: 'web_fetch', url, hop, ...known };
    return decideFor(this.#kernel.config().value, agentId, input);
  }

  /** The session is labelled with what a page brings before the page is handed over. */
  async #hand({ url }: Outgoing, { status, headers, body }: Answer): Promise<NetResponse> {
    const source = `an answer of the web server ${new URL(url).host}`;
    await this.#gate.site.flow.learn({ from: 'external', source });
    return { url, status, headers, body: body.bytes, truncated: body.truncated };
  }
}

type WebSink = Parameters<EffectGate['site']['flow']['decide']>[0];

function sinkOf({ url, method, search }: Outgoing): WebSink {
  if (method !== 'GET' && method !== 'HEAD') return { kind: 'web.write', url };
  return search ? { kind: 'web.search', query: url } : { kind: 'web.read', url };
}
