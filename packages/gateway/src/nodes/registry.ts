/**
 * Nodes and what operators approved of them.
 *
 * Promises: what is approved is exactly what was shown; it belongs to one pairing of the node's
 * device and ends with it; an offer that grows waits again and takes nothing away meanwhile.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import type { Tx } from '@portcullis/core';
import { approveScopes } from '@portcullis/policy/nodes';

import { type Kernel, commit } from '../kernel.ts';
import type {
  Caller,
  NodeIntroduction,
  NodeItem,
  NodeLink,
  NodeOffer,
  NodeRequestItem,
} from '../services.ts';
import { unknownNode, unknownRequest } from './failure.ts';
import { type NodeRequestRow, type NodeRow, nodeRequestsTable, nodesTable } from './row.ts';

/** How long an offer waits after the node last made it. */
const REQUEST_MS = 5 * 60_000;
/** Offers that may wait at once. The oldest makes room. */
const MOST_REQUESTS = 32;
/** Longest text a node says of itself. */
const LONGEST_TEXT = 64;
/** Caps or commands of one node. */
const MOST_OFFERED = 128;
const LONGEST_NAME = 128;

/** What a connection that has just been made changed. */
export interface Attached {
  /** Set when an offer waits that did not wait before. */
  readonly request?: NodeRequestItem;
}

/** The nodes of one gateway. */
export class NodeRegistry {
  readonly #kernel: Kernel;
  /** When a node connected, while it is there. */
  readonly #connectedAt: (nodeId: string) => number | undefined;

  constructor(kernel: Kernel, connectedAt: (nodeId: string) => number | undefined) {
    this.#kernel = kernel;
    this.#connectedAt = connectedAt;
  }

  /** Every node that is known, oldest first. */
  async list(): Promise<readonly NodeItem[]> {
    return await this.#kernel.store.transact(async (tx) => {
      const nodes = await tx.find(nodesTable);
      const requests = await this.#current(tx);
      return nodes.map(({ value }) => this.#itemOf(value, requests));
    });
  }

  /** One node; undefined when there is none. */
  async find(nodeId: string): Promise<NodeItem | undefined> {
    return await this.#kernel.store.transact(async (tx) => {
      const row = await tx.get(nodesTable, nodeId);
      return row === undefined ? undefined : this.#itemOf(row, await this.#current(tx));
    });
  }

  /** Offers that wait, oldest first. */
  async pending(): Promise<readonly NodeRequestItem[]> {
    const nodes = await this.list();
    const requests = nodes.flatMap(({ pending }) => (pending === undefined ? [] : [pending]));
    return requests.toSorted((left, right) => left.at - right.at);
  }

  /** Notes that a node is there, and what it offers. */
  async attach(link: NodeLink, said: NodeIntroduction): Promise<Attached> {
    const now = this.#kernel.now();
    const fresh = randomUUID();
    const { nodeId, pairedAtMs } = link;
    const { request, row } = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(nodesTable, nodeId);
      // Approved was another pairing: a device that was taken back begins anew.
      const known = old?.pairedAtMs === pairedAtMs ? old : undefined;
      const next: NodeRow = {
        ...introduced(said),
        nodeId,
        pairedAtMs,
        ...(known?.label === undefined ? {} : { label: known.label }),
        ...(known?.approved === undefined ? {} : { approved: known.approved }),
        createdAt: known?.createdAt ?? now,
        lastSeenAt: now,
      };
      tx.put(nodesTable, nodeId, next);
      this.#record(tx, 'node.connected', `node:${nodeId}`, { node: nodeId });
      return { request: await this.#offer(tx, next, { fresh, now }), row: next };
    });
    return request === undefined ? {} : { request: this.#requestOf(request, row) };
  }

  /** Notes that a node was there until now. */
  async touch(nodeId: string): Promise<void> {
    const now = this.#kernel.now();
    await commit(this.#kernel, async (tx) => {
      const row = await tx.get(nodesTable, nodeId);
      if (row !== undefined) tx.put(nodesTable, nodeId, { ...row, lastSeenAt: now });
      const [request] = await tx.find(nodeRequestsTable, { index: 'byNode', equals: [nodeId] });
      if (request !== undefined) {
        tx.put(nodeRequestsTable, request.key, { ...request.value, at: now });
      }
    });
  }

  /** The offer that waits under an id. Throws `request.invalid`. */
  async requested(requestId: string): Promise<NodeRequestItem> {
    const found = (await this.pending()).find((request) => request.requestId === requestId);
    if (found === undefined) throw unknownRequest();
    return found;
  }

  /** Approves exactly what waits under an id. Throws `request.invalid`. */
  async approve(caller: Caller, requestId: string): Promise<NodeItem> {
    const now = this.#kernel.now();
    const nodeId = await commit(this.#kernel, async (tx) => {
      const request = await this.#waiting(tx, requestId);
      const row = await tx.get(nodesTable, request.nodeId);
      if (row === undefined) throw unknownRequest();
      const { caps, commands } = request;
      tx.put(nodesTable, row.nodeId, {
        ...row,
        approved: { caps, commands, at: now, by: caller.id },
      });
      tx.delete(nodeRequestsTable, requestId);
      this.#record(tx, 'node.approved', caller.id, {
        node: row.nodeId,
        request: requestId,
        commands: commands.join(' '),
        caps: caps.join(' '),
      });
      return row.nodeId;
    });
    return await this.require(nodeId);
  }

  /** Refuses what waits under an id. Throws `request.invalid`. */
  async reject(caller: Caller, requestId: string): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      const { nodeId } = await this.#waiting(tx, requestId);
      tx.delete(nodeRequestsTable, requestId);
      this.#record(tx, 'node.rejected', caller.id, { node: nodeId, request: requestId });
    });
  }

  /** Forgets a node. Throws `request.invalid`. */
  async remove(caller: Caller, nodeId: string): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      const row = await tx.get(nodesTable, nodeId);
      if (row === undefined) throw unknownNode();
      tx.delete(nodesTable, nodeId);
      for (const { key } of await this.#requestsOf(tx, nodeId)) tx.delete(nodeRequestsTable, key);
      this.#record(tx, 'node.removed', caller.id, { node: nodeId });
    });
  }

  /** Gives a node a name. Throws `request.invalid`. */
  async rename(caller: Caller, nodeId: string, label: string): Promise<NodeItem> {
    await commit(this.#kernel, async (tx) => {
      const row = await tx.get(nodesTable, nodeId);
      if (row === undefined) throw unknownNode();
      tx.put(nodesTable, nodeId, { ...row, label });
      this.#record(tx, 'node.renamed', caller.id, { node: nodeId });
    });
    return await this.require(nodeId);
  }

  /** One node. Throws `request.invalid`. */
  async require(nodeId: string): Promise<NodeItem> {
    const found = await this.find(nodeId);
    if (found === undefined) throw unknownNode();
    return found;
  }

  /** Puts an offer up for approval where it goes beyond what was approved. */
  async #offer(
    tx: Tx,
    row: NodeRow,
    { fresh, now }: { readonly fresh: string; readonly now: number },
  ): Promise<NodeRequestRow | undefined> {
    const waiting = await this.#requestsOf(tx, row.nodeId);
    if (row.approved !== undefined && covers(row.approved, row)) {
      for (const { key } of waiting) tx.delete(nodeRequestsTable, key);
      return undefined;
    }
    const same = waiting.find(({ value }) => this.#isCurrent(value, now) && isSame(value, row));
    for (const { key } of waiting) if (key !== same?.key) tx.delete(nodeRequestsTable, key);
    if (same !== undefined) {
      tx.put(nodeRequestsTable, same.key, { ...same.value, at: now });
      return undefined;
    }
    await this.#makeRoom(tx, now);
    const { nodeId, caps, commands } = row;
    const request = { requestId: fresh, nodeId, caps, commands, at: now };
    tx.put(nodeRequestsTable, fresh, request);
    this.#record(tx, 'node.requested', `node:${nodeId}`, { node: nodeId, request: fresh });
    return request;
  }

  async #makeRoom(tx: Tx, now: number): Promise<void> {
    const all = await tx.find(nodeRequestsTable);
    const current = all.filter(({ value }) => this.#isCurrent(value, now));
    for (const { key, value } of all) {
      if (!this.#isCurrent(value, now)) tx.delete(nodeRequestsTable, key);
    }
    const [oldest] = current;
    if (current.length >= MOST_REQUESTS && oldest !== undefined) {
      tx.delete(nodeRequestsTable, oldest.key);
    }
  }

  #isCurrent({ nodeId, at }: NodeRequestRow, now: number): boolean {
    return this.#connectedAt(nodeId) !== undefined || now - at < REQUEST_MS;
  }

  async #requestsOf(tx: Tx, nodeId: string) {
    return await tx.find(nodeRequestsTable, { index: 'byNode', equals: [nodeId] });
  }

  async #current(tx: Tx): Promise<ReadonlyMap<string, NodeRequestRow>> {
    const now = this.#kernel.now();
    const rows = await tx.find(nodeRequestsTable);
    const current = rows.filter(({ value }) => this.#isCurrent(value, now));
    return new Map(current.map(({ value }) => [value.nodeId, value]));
  }

  async #waiting(tx: Tx, requestId: string): Promise<NodeRequestRow> {
    const request = await tx.get(nodeRequestsTable, requestId);
    if (request === undefined || !this.#isCurrent(request, this.#kernel.now())) {
      throw unknownRequest();
    }
    return request;
  }

  #itemOf(row: NodeRow, requests: ReadonlyMap<string, NodeRequestRow>): NodeItem {
    const { pairedAtMs: _paired, label, displayName, approved, ...rest } = row;
    const request = requests.get(row.nodeId);
    const connectedAt = this.#connectedAt(row.nodeId);
    const name = label ?? displayName;
    return {
      ...rest,
      ...(name === undefined ? {} : { displayName: name }),
      ...(approved === undefined ? {} : { approved }),
      usable: {
        caps: both(approved?.caps, row.caps),
        commands: both(approved?.commands, row.commands),
      },
      ...(request === undefined ? {} : { pending: this.#requestOf(request, row) }),
      ...(connectedAt === undefined ? {} : { connectedAt }),
    };
  }

  #requestOf(request: NodeRequestRow, row: NodeRow): NodeRequestItem {
    const { caps, commands, requestId, nodeId, at } = request;
    const { platform, version, clientId, clientMode, deviceFamily } = row;
    const name = row.label ?? row.displayName;
    return {
      requestId,
      nodeId,
      ...(name === undefined ? {} : { displayName: name }),
      platform,
      version,
      clientId,
      clientMode,
      ...(deviceFamily === undefined ? {} : { deviceFamily }),
      caps,
      commands,
      requiredScopes: approveScopes(commands),
      isRepair: row.approved !== undefined,
      at,
    };
  }

  #record(tx: Tx, code: string, principal: string, facts: Readonly<Record<string, string>>): void {
    this.#kernel.journal.record(tx, {
      kind: 'node',
      at: this.#kernel.now(),
      principal,
      code,
      ...facts,
    });
  }
}

/** An introduction with nothing in it that is too long, listed twice or no name. */
function introduced(said: NodeIntroduction): NodeIntroduction {
  const { displayName, deviceFamily } = said;
  return {
    ...(displayName === undefined ? {} : { displayName: short(displayName) }),
    platform: short(said.platform),
    version: short(said.version),
    ...(deviceFamily === undefined ? {} : { deviceFamily: short(deviceFamily) }),
    clientId: said.clientId,
    clientMode: said.clientMode,
    caps: names(said.caps),
    commands: names(said.commands),
  };
}

function short(text: string): string {
  return text.slice(0, LONGEST_TEXT).toWellFormed();
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/u;

/** What can be a name, each once, in order. */
function names(offered: readonly string[]): readonly string[] {
  const fit = offered.filter((name) => name.length <= LONGEST_NAME && NAME.test(name));
  return [...new Set(fit)].toSorted().slice(0, MOST_OFFERED);
}

function covers(approved: NodeOffer, offer: NodeOffer): boolean {
  return (
    offer.caps.every((cap) => approved.caps.includes(cap)) &&
    offer.commands.every((command) => approved.commands.includes(command))
  );
}

function isSame(left: NodeOffer, right: NodeOffer): boolean {
  return (
    left.caps.join(' ') === right.caps.join(' ') &&
    left.commands.join(' ') === right.commands.join(' ')
  );
}

function both(approved: readonly string[] = [], offered: readonly string[]): readonly string[] {
  return offered.filter((each) => approved.includes(each));
}
