/**
 * The way of models to their servers, and the only one.
 *
 * A model gets a `fetch` that is bound to the origin of its configured `baseUrl`. Each request is
 * written to the audit log before a byte of it is sent; its host is looked up for each connection
 * and the connection goes to an address that was looked at; a redirect is an answer, never followed;
 * nothing of the environment steers it.
 *
 * @module
 */
import {
  type Decision,
  type ModelFetch,
  type ModelRequest,
  PortcullisError,
} from '@portcullis/core';
import { type AddressClass, classifyAddress } from '@portcullis/policy/network';

import { type Kernel, commit } from '../../kernel.ts';
import type { ModelDoor, ModelServer } from '../../models.ts';
import { type Resolve, addressesOf } from '../net/resolve.ts';
import { Connections } from './connections.ts';
import { isLoopbackHost } from './loopback.ts';

/** No server answers there, whatever a config or a name says. */
const NEVER: ReadonlySet<AddressClass> = new Set([
  'metadata',
  'unspecified',
  'link_local',
  'multicast',
  'broadcast',
]);

const LOOKUP_MS = 10_000;

/** The door of one gateway. */
export class GatewayModelDoor implements ModelDoor {
  readonly #kernel: Kernel;
  readonly #connections: Connections;

  constructor(kernel: Kernel, resolve: Resolve) {
    this.#kernel = kernel;
    this.#connections = new Connections((host) => lookUp(resolve, host));
  }

  fetchFor(server: ModelServer): ModelFetch {
    const origin = URL.parse(server.baseUrl)?.origin;
    return async (url, init, request) => {
      const target = new URL(url);
      const sent = sizeOf(init.body);
      const refused = refusal(target, origin) ?? (sent === undefined ? MALFORMED : undefined);
      if (refused !== undefined) {
        await this.#note(server, target, request, refused, 0);
        throw new PortcullisError(refused.code, refused.reason, {
          hint: 'Correct models.providers.*.baseUrl.',
          details: { path: refused.path },
        });
      }
      const exchange = this.#connections.open(target, init);
      try {
        // The connection is made meanwhile; what is asked waits for its line in the audit log.
        await this.#note(server, target, request, ALLOWED, sent ?? 0);
        return await exchange.send();
      } catch (error) {
        exchange.abandon();
        throw error;
      }
    };
  }

  /** Closes the connections that wait for a next request. */
  close(): void {
    this.#connections.close();
  }

  async #note(
    { provider, model }: ModelServer,
    target: URL,
    { runId }: ModelRequest,
    decision: Decision,
    sent: number,
  ): Promise<void> {
    const kernel = this.#kernel;
    const clear = target.protocol === 'http:' && !isLoopbackHost(target.hostname);
    await commit(kernel, (tx) => {
      kernel.journal.record(tx, {
        kind: 'model',
        at: kernel.now(),
        effect: decision.effect,
        code: decision.code,
        path: decision.path,
        provider,
        model,
        origin: target.origin,
        sent,
        ...(clear ? { clear } : {}),
        ...(runId === undefined ? {} : { runId }),
      });
    });
  }
}

const PATH = 'models.providers.*.baseUrl';

const ALLOWED: Decision = {
  effect: 'allow',
  code: 'model.request',
  path: PATH,
  reason: 'The server is the configured one.',
};

const MALFORMED: Decision = {
  effect: 'deny',
  code: 'net.request',
  path: '<request>',
  reason: 'A request to a model server is text or bytes.',
};

/** Why a request may not go where it would. */
function refusal(target: URL, origin: string | undefined): Decision | undefined {
  if (target.origin !== origin || target.username !== '' || target.password !== '') {
    return {
      effect: 'deny',
      code: 'net.model_origin',
      path: PATH,
      reason: 'The request would go to another server than the configured one.',
    };
  }
  const address = target.hostname.replace(/^\[|\]$/gu, '');
  const named = classifyAddress(address);
  return named !== undefined && NEVER.has(named) ? MODEL_ADDRESS : undefined;
}

const MODEL_ADDRESS: Decision = {
  effect: 'deny',
  code: 'net.model_address',
  path: PATH,
  reason: 'The server has an address at which no model server can be.',
};

/** The addresses of a host, all of which a model server may have. */
async function lookUp(resolve: Resolve, host: string): Promise<readonly string[]> {
  const addresses = await addressesOf(resolve, host, AbortSignal.timeout(LOOKUP_MS));
  const classes = addresses.map((address) => classifyAddress(address));
  if (classes.every((found) => found !== undefined && !NEVER.has(found))) return addresses;
  throw new PortcullisError(MODEL_ADDRESS.code, MODEL_ADDRESS.reason, {
    hint: 'Find out why its name leads there.',
  });
}

/** Bytes of a body; undefined for one that is neither text nor bytes. */
function sizeOf(body: RequestInit['body']): number | undefined {
  if (body === undefined || body === null) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : undefined;
}
