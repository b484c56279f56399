/**
 * The room of the nodes: who is there, what was approved of them, and the one way to ask them for
 * something.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import { type Decision, PortcullisError, isAllowed } from '@portcullis/core';
import { decideNodeCommand } from '@portcullis/policy/nodes';
import { decideScope } from '@portcullis/policy/exposure';

import type { Approvals } from '../approvals/approvals.ts';
import { type Kernel, commit } from '../kernel.ts';
import type {
  Caller,
  GatewayNotice,
  NodeAnswer,
  NodeAsk,
  NodeIntroduction,
  NodeItem,
  NodeLink,
  NodeReply,
  NodeRequestItem,
  NodeService,
} from '../services.ts';
import { type CallRequest, NodeCalls } from './calls.ts';
import { factsOf } from './command.ts';
import { forbidden, missingScope, refused, unknownNode } from './failure.ts';
import { OperatorCommands } from './operator-command.ts';
import { NodeRegistry } from './registry.ts';
import { RunAborted } from '../session/runs.ts';

/** Fewest characters of an id that can stand for the whole. */
const SHORTEST_ID = 8;

/** A node that is there. */
interface Present {
  readonly link: NodeLink;
  readonly since: number;
}

/** The nodes of one gateway. */
export class Nodes implements NodeService {
  readonly #kernel: Kernel;
  readonly #tell: (notice: GatewayNotice) => void;
  readonly #present = new Map<string, Present>();
  readonly #registry: NodeRegistry;
  readonly #calls: NodeCalls;
  readonly #commands: OperatorCommands;
  /** What operators wait for. */
  readonly #asked = new Set<{ readonly by: string; readonly stop: AbortController }>();

  constructor(
    kernel: Kernel,
    rooms: {
      readonly approvals: Approvals;
      readonly tell: (notice: GatewayNotice) => void;
    },
  ) {
    this.#kernel = kernel;
    this.#tell = rooms.tell;
    this.#registry = new NodeRegistry(kernel, (nodeId) => this.#present.get(nodeId)?.since);
    this.#calls = new NodeCalls(kernel, (nodeId) => this.#present.get(nodeId)?.link);
    this.#commands = new OperatorCommands(kernel, {
      approvals: rooms.approvals,
      calls: this.#calls,
      find: (nodeId) => this.#registry.find(nodeId),
    });
  }

  list(): Promise<readonly NodeItem[]> {
    return this.#registry.list();
  }

  pending(): Promise<readonly NodeRequestItem[]> {
    return this.#registry.pending();
  }

  /** One node; undefined when there is none. */
  find(nodeId: string): Promise<NodeItem | undefined> {
    return this.#registry.find(nodeId);
  }

  /**
   * The node an id, or the beginning of one, stands for; without one the only node that runs
   * commands. Names stand for nothing: a node gives itself its name. Undefined where it is not clear.
   */
  async choose(wanted: string | undefined): Promise<NodeItem | undefined> {
    const nodes = await this.list();
    const fitting =
      wanted === undefined
        ? nodes.filter(({ usable }) => usable.commands.includes('system.run'))
        : nodes.filter(
            ({ nodeId }) =>
              nodeId === wanted || (wanted.length >= SHORTEST_ID && nodeId.startsWith(wanted)),
          );
    const exact = fitting.find(({ nodeId }) => nodeId === wanted);
    return exact ?? (fitting.length === 1 ? fitting[0] : undefined);
  }

  async approve(caller: Caller, requestId: string): Promise<NodeItem> {
    const request = await this.#registry.requested(requestId);
    if (caller.id === `device:${request.nodeId}`) throw forbidden();
    const lacking = request.requiredScopes.find((scope) => !holds(caller, scope));
    if (lacking !== undefined) throw missingScope(lacking);
    const node = await this.#registry.approve(caller, requestId);
    this.#resolved('approved', request);
    return node;
  }

  async reject(caller: Caller, requestId: string): Promise<NodeRequestItem> {
    const request = await this.#registry.requested(requestId);
    await this.#registry.reject(caller, requestId);
    this.#resolved('rejected', request);
    return request;
  }

  async remove(caller: Caller, nodeId: string): Promise<void> {
    await this.#registry.remove(caller, nodeId);
    this.#present.get(nodeId)?.link.close('node removed');
  }

  rename(caller: Caller, nodeId: string, name: string): Promise<NodeItem> {
    return this.#registry.rename(caller, nodeId, name);
  }

  async invoke(caller: Caller, ask: NodeAsk): Promise<NodeAnswer> {
    const { nodeId, command, params } = ask;
    const node = await this.#registry.find(nodeId);
    if (node === undefined) throw unknownNode();
    const decision = decideNodeCommand(this.#kernel.config().value, {
      command,
      node: factsOf(node),
      scopes: caller.scopes,
    });
    if (!isAllowed(decision)) throw await this.#refuse(caller.id, nodeId, command, decision);
    const named = { by: caller.id, command, ...(params === undefined ? {} : { params }) };
    return await this.#calls.once(ask, named, () =>
      this.#stoppable(caller.id, async (signal) => {
        if (command === 'system.run') return await this.#commands.run(caller, ask, signal);
        const { timeoutMs, idempotencyKey } = ask;
        const request = {
          ...named,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
          idempotencyKey,
        };
        return await this.#calls.send(nodeId, request, signal);
      }),
    );
  }

  abortOf(callerId: string): void {
    for (const { by, stop } of this.#asked) if (by === callerId) stop.abort(new RunAborted('stop'));
  }

  async #stoppable(
    by: string,
    work: (signal: AbortSignal) => Promise<NodeAnswer>,
  ): Promise<NodeAnswer> {
    const asked = { by, stop: new AbortController() };
    this.#asked.add(asked);
    try {
      return await work(asked.stop.signal);
    } finally {
      this.#asked.delete(asked);
    }
  }

  /**
   * Asks a node for the gateway itself: the caller has decided about everything but the command. It
   * is decided once more here, so that no way leads around it.
   */
  async call(nodeId: string, request: CallRequest, signal: AbortSignal): Promise<NodeAnswer> {
    const node = await this.#registry.find(nodeId);
    const { command } = request;
    const decision = decideNodeCommand(this.#kernel.config().value, {
      command,
      node: factsOf(node),
    });
    if (!isAllowed(decision)) throw await this.#refuse(request.by, nodeId, command, decision);
    return await this.#calls.send(nodeId, request, signal);
  }

  async attach(link: NodeLink, introduction: NodeIntroduction): Promise<void> {
    const { request } = await this.#registry.attach(link, introduction);
    const { nodeId } = link;
    if (!link.isOpen) return;
    const before = this.#present.get(nodeId);
    const since = this.#kernel.now();
    this.#present.set(nodeId, { link, since });
    if (before !== undefined) {
      this.#calls.detached(before.link);
      before.link.close('client invalidated: the node connected again');
    }
    this.#tell({ type: 'node', phase: 'connected', nodeId, at: since });
    if (request !== undefined) this.#tell({ type: 'node', phase: 'requested', request });
  }

  detach(link: NodeLink): void {
    const { nodeId } = link;
    this.#calls.detached(link);
    if (this.#present.get(nodeId)?.link !== link) return;
    this.#present.delete(nodeId);
    this.#tell({ type: 'node', phase: 'disconnected', nodeId, at: this.#kernel.now() });
    this.seen(link).catch((cause: unknown) => {
      this.#kernel.log.warn({ err: cause }, 'nodes: the end of a connection was not written down');
    });
  }

  reply(link: NodeLink, reply: NodeReply): boolean {
    return this.#calls.reply(link, reply);
  }

  progress(link: NodeLink, callId: string): boolean {
    return this.#calls.progress(link, callId);
  }

  seen({ nodeId }: NodeLink): Promise<void> {
    return this.#registry.touch(nodeId);
  }

  async #refuse(
    by: string,
    nodeId: string,
    command: string,
    decision: Decision,
  ): Promise<PortcullisError> {
    await commit(this.#kernel, (tx) => {
      this.#kernel.journal.record(tx, {
        kind: 'node',
        at: this.#kernel.now(),
        principal: by,
        effect: decision.effect,
        code: decision.code,
        path: decision.path,
        node: nodeId,
        command,
        call: randomUUID(),
      });
    });
    if (decision.code !== 'node.command_scope') return refused(decision);
    const { value } = decision;
    const needed = typeof value === 'object' && value !== null && 'scope' in value && value.scope;
    return missingScope(typeof needed === 'string' ? needed : 'operator.admin');
  }

  #resolved(phase: 'approved' | 'rejected', request: NodeRequestItem): void {
    const { requestId, nodeId } = request;
    this.#tell({ type: 'node', phase, requestId, nodeId, at: this.#kernel.now() });
  }
}

function holds({ scopes }: Caller, scope: string): boolean {
  return isAllowed(decideScope({}, { scopes, required: scope }));
}
