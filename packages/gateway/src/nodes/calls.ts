/**
 * Commands on their way to nodes and back.
 *
 * Promises: a line in the audit log before a node hears of anything and one after; an answer counts
 * once, from the connection that was asked; one idempotency key never runs anything twice, also over
 * restarts; what nobody knows the end of is said to be so.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';

import { type Json, PortcullisError, type Tx, canonicalJson } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';
import type { NodeAnswer, NodeLink, NodeReply } from '../services.ts';
import { failed, lost, notConnected, repeated, unusable } from './failure.ts';
import { type CallState, type NodeCallRow, nodeCallsTable } from './row.ts';

/** One command for a node. */
export interface CallRequest {
  /** Principal who asks. */
  readonly by: string;
  readonly command: string;
  readonly params?: Json;
  /** Milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  readonly idempotencyKey: string;
  /** Facts for the audit log. */
  readonly facts?: Readonly<Record<string, string | undefined>>;
  /** More of the unit of work that begins it. */
  readonly also?: (tx: Tx) => Promise<unknown>;
}

/** Longest a call may take, whatever the node reports in between. */
export const LONGEST_MS = 3_600_000;
const PRESET_MS = 30_000;
/** Most characters of what is asked, and of what is answered. */
const MOST_ASKED = 1_000_000;
const MOST_ANSWERED = 4_000_000;
/** An answer up to this length is kept for a repeated call. */
const MOST_KEPT = 65_536;
/** How long a key is remembered. */
const KEPT_MS = 24 * 3_600_000;
/** Calls forgotten in one unit of work. */
const SWEEP = 100;
/** Calls one node works on at once. */
const MOST_RUNNING = 32;
/** Most characters of what a node says went wrong. */
const MOST_COMPLAINT = 500;

/** A call that waits for its answer. */
interface Pending {
  readonly link: NodeLink;
  readonly startedAt: number;
  readonly timeoutMs: number;
  timer: NodeJS.Timeout;
  readonly end: (ending: Ending) => void;
}

/** Who asks for what, as a key stands for it. */
type Named = Pick<CallRequest, 'by' | 'command' | 'params'>;

/** How a call ended. */
type Ending =
  | { readonly how: 'answered'; readonly answer: NodeAnswer }
  | { readonly how: 'failed'; readonly said: { readonly code: string; readonly message: string } }
  | { readonly how: 'unusable'; readonly message: string }
  | { readonly how: 'timeout' | 'disconnected' | 'cancelled' };

/** The calls of one gateway. */
export class NodeCalls {
  readonly #kernel: Kernel;
  readonly #linkOf: (nodeId: string) => NodeLink | undefined;
  readonly #pending = new Map<string, Pending>();
  /** Calls of this process that have not ended, by key. */
  readonly #running = new Map<
    string,
    { readonly digest: string; readonly result: Promise<NodeAnswer> }
  >();

  constructor(kernel: Kernel, linkOf: (nodeId: string) => NodeLink | undefined) {
    this.#kernel = kernel;
    this.#linkOf = linkOf;
  }

  /**
   * Does `work` for a key that was not used before. A key that was answers what became of it then, to
   * whoever used it: to others it says nothing.
   * Throws `node.call_conflict`, `node.call_unknown`, `node.call_forgotten`, `node.failed`.
   */
  async once(
    { nodeId, idempotencyKey }: { readonly nodeId: string; readonly idempotencyKey: string },
    asked: Named,
    work: () => Promise<NodeAnswer>,
  ): Promise<NodeAnswer> {
    const key = keyOf(nodeId, idempotencyKey);
    const digest = digestOf(asked);
    const running = this.#running.get(key);
    if (running !== undefined) {
      if (running.digest !== digest) throw repeated('conflict');
      return await running.result;
    }
    const result = this.#kernel.store
      .transact((tx) => tx.get(nodeCallsTable, key))
      .then((known) => (known === undefined ? work() : replay(known, digest)));
    this.#running.set(key, { digest, result });
    try {
      return await result;
    } finally {
      this.#running.delete(key);
    }
  }

  /**
   * Asks a node. Throws `node.not_connected`, `node.busy`, `node.params`, `node.result`,
   * `node.failed`, `node.timeout`, `node.disconnected`, `node.cancelled`.
   */
  async send(
    nodeId: string,
    request: CallRequest,
    signal?: AbortSignal,
    asked: Named = request,
  ): Promise<NodeAnswer> {
    const { command, params, idempotencyKey } = request;
    const paramsJSON = params === undefined ? undefined : JSON.stringify(params);
    if ((paramsJSON?.length ?? 0) > MOST_ASKED) {
      throw unusable('node.params', 'The parameters are too large for a node.');
    }
    const link = this.#linkOf(nodeId);
    if (link === undefined) throw notConnected();
    if ([...this.#pending.values()].filter((each) => each.link === link).length >= MOST_RUNNING) {
      throw busy();
    }
    const id = randomBytes(16).toString('hex');
    const key = keyOf(nodeId, idempotencyKey);
    const row = { at: this.#kernel.now(), nodeId, command, digest: digestOf(asked) };
    await this.#begin(key, row, request, id);
    if (this.#linkOf(nodeId) !== link || signal?.aborted === true) {
      // Nothing was sent: the same key may try again.
      await this.#end(key, undefined, request, { id, nodeId, code: 'node.not_sent' });
      signal?.throwIfAborted();
      throw notConnected();
    }
    const timeoutMs = Math.min(Math.max(request.timeoutMs ?? PRESET_MS, 1), LONGEST_MS);
    const ending = await this.#ask(link, { id, timeoutMs }, signal, () => {
      const json = paramsJSON === undefined ? {} : { paramsJSON };
      link.send({ id, nodeId, command, ...json, timeoutMs, idempotencyKey });
    });
    return await this.#settle(key, row, request, { id, ending });
  }

  /** Takes an answer. False when nobody waits for it on this connection. */
  reply(link: NodeLink, reply: NodeReply): boolean {
    const pending = this.#waitingOn(link, reply.id, reply.nodeId);
    if (pending === undefined) return false;
    pending.end(endingOf(reply));
    return true;
  }

  /** Begins the time of a call anew. False when nobody waits for it on this connection. */
  progress(link: NodeLink, id: string): boolean {
    const pending = this.#waitingOn(link, id, link.nodeId);
    if (pending === undefined) return false;
    const left = pending.startedAt + LONGEST_MS - performance.now();
    clearTimeout(pending.timer);
    const wait = Math.max(0, Math.min(pending.timeoutMs, left));
    pending.timer = setTimeout(() => pending.end({ how: 'timeout' }), wait);
    return true;
  }

  /** Fails what a connection that is gone was asked for. */
  detached(link: NodeLink): void {
    for (const pending of this.#pending.values()) {
      if (pending.link === link) pending.end({ how: 'disconnected' });
    }
  }

  #waitingOn(link: NodeLink, id: string, nodeId: string): Pending | undefined {
    const pending = this.#pending.get(id);
    return pending?.link === link && nodeId === link.nodeId ? pending : undefined;
  }

  async #ask(
    link: NodeLink,
    { id, timeoutMs }: { readonly id: string; readonly timeoutMs: number },
    signal: AbortSignal | undefined,
    send: () => void,
  ): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const stop = (): void => resolve({ how: 'cancelled' });
    const timer = setTimeout(() => resolve({ how: 'timeout' }), timeoutMs);
    const pending: Pending = {
      link,
      startedAt: performance.now(),
      timeoutMs,
      timer,
      end: resolve,
    };
    this.#pending.set(id, pending);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      send();
      const ending = await promise;
      if (ending.how === 'timeout' || ending.how === 'cancelled') link.cancel(id);
      return ending;
    } finally {
      signal?.removeEventListener('abort', stop);
      clearTimeout(pending.timer);
      this.#pending.delete(id);
    }
  }

  async #begin(
    key: string,
    row: Omit<NodeCallRow, 'state'>,
    request: CallRequest,
    id: string,
  ): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      if ((await tx.get(nodeCallsTable, key)) !== undefined) throw repeated('unknown');
      await request.also?.(tx);
      const over = { index: 'byTime', upTo: row.at - KEPT_MS, limit: SWEEP } as const;
      for (const old of await tx.find(nodeCallsTable, over)) tx.delete(nodeCallsTable, old.key);
      tx.put(nodeCallsTable, key, { ...row, state: 'sent' });
      this.#record(tx, request, { id, nodeId: row.nodeId, code: 'node.invoke' });
    });
  }

  async #end(
    key: string,
    row: NodeCallRow | undefined,
    request: CallRequest,
    facts: { readonly id: string; readonly nodeId: string; readonly code: string },
  ): Promise<void> {
    await commit(this.#kernel, (tx) => {
      if (row === undefined) tx.delete(nodeCallsTable, key);
      else tx.put(nodeCallsTable, key, row);
      this.#record(tx, request, facts);
    });
  }

  async #settle(
    key: string,
    row: Omit<NodeCallRow, 'state'>,
    request: CallRequest,
    { id, ending }: { readonly id: string; readonly ending: Ending },
  ): Promise<NodeAnswer> {
    const { nodeId } = row;
    const end = async (state: CallState, code: string, more: Partial<NodeCallRow> = {}) => {
      await this.#end(key, { ...row, ...more, state }, request, { id, nodeId, code });
    };
    switch (ending.how) {
      case 'answered': {
        const { payloadJSON } = ending.answer;
        const short = (payloadJSON?.length ?? 0) <= MOST_KEPT;
        await end('done', 'node.done', short ? { payloadJSON } : {});
        return ending.answer;
      }
      case 'failed':
        await end('failed', 'node.failed', { complaint: ending.said });
        throw failed(ending.said);
      case 'unusable':
        await end('unknown', 'node.result');
        throw unusable('node.result', ending.message);
      default: {
        const error = lost(ending.how);
        await end('unknown', error.code);
        throw error;
      }
    }
  }

  #record(
    tx: Tx,
    { by, command, facts = {} }: CallRequest,
    { id, nodeId, code }: { readonly id: string; readonly nodeId: string; readonly code: string },
  ): void {
    this.#kernel.journal.record(tx, {
      kind: 'node',
      at: this.#kernel.now(),
      principal: by,
      code,
      node: nodeId,
      command,
      call: id,
      ...facts,
    });
  }
}

function keyOf(nodeId: string, idempotencyKey: string): string {
  return sha256(canonicalJson([nodeId, idempotencyKey]));
}

function digestOf({ by, command, params = null }: Named): string {
  // A connection without a device has nothing but the secret of the gateway, which all of them share.
  const who = by.startsWith('operator:') ? 'operator' : by;
  return sha256(canonicalJson([who, command, params]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** What became of a call that was made before. */
function replay(row: NodeCallRow, digest: string): NodeAnswer {
  if (row.digest !== digest) throw repeated('conflict');
  if (row.state === 'failed') throw failed(row.complaint ?? { code: 'UNKNOWN', message: '' });
  if (row.state !== 'done') throw repeated('unknown');
  if (row.payloadJSON === undefined) throw repeated('forgotten');
  return answerOf(row.payloadJSON);
}

function answerOf(payloadJSON: string | null): NodeAnswer {
  return {
    payload: payloadJSON === null ? null : (JSON.parse(payloadJSON) as Json),
    payloadJSON,
  };
}

/** A reply with everything in it bounded and read once. */
function endingOf(reply: NodeReply): Ending {
  if (!reply.ok) {
    const { code = 'UNKNOWN', message = 'it failed' } = reply.error ?? {};
    return { how: 'failed', said: { code: plain(code), message: plain(message) } };
  }
  try {
    const text = reply.payloadJSON ?? JSON.stringify(reply.payload ?? null);
    if (text.length > MOST_ANSWERED) {
      return { how: 'unusable', message: 'The answer of the node is too large.' };
    }
    // Written anew: whoever passes it on can rely on its being one that can be written.
    const payloadJSON = JSON.stringify(JSON.parse(text));
    return { how: 'answered', answer: answerOf(payloadJSON === 'null' ? null : payloadJSON) };
  } catch {
    return { how: 'unusable', message: 'The answer of the node cannot be read.' };
  }
}

function plain(text: string): string {
  return text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .slice(0, MOST_COMPLAINT)
    .toWellFormed();
}

function busy(): PortcullisError {
  return new PortcullisError('node.busy', 'The node works on too much already.', {
    hint: 'Wait until something has ended.',
    details: { wireCode: 'UNAVAILABLE' },
    retryable: true,
  });
}
