/**
 * Messages that operators send themselves: decided like a message of the agent in a session that has
 * seen nothing but what the operator wrote, counted in the same budgets, and sent by the same outbox.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import {
  type Conversation,
  type Decision,
  type OutboundFile,
  PortcullisError,
  type TrustClass,
  type Tx,
  canonicalJson,
} from '@portcullis/core';
import { combine } from '@portcullis/policy';
import { decideFlow } from '@portcullis/policy/flow';

import { MAIN_AGENT } from '../agents.ts';
import { textHash } from '../audit/journal.ts';
import { maxFileBytes } from './attach.ts';
import { tooLarge } from './files/faults.ts';
import { messageLabel } from './session-flow.ts';
import { type Budgets, type Spender, budgetRefused } from '../budgets/budgets.ts';
import { addressOf, receiverOf } from '../channels/receiver.ts';
import { getPath } from '../config/index.ts';
import { EGRESS_BLOCKED } from '../egress/guard.ts';
import { operatorRun } from '../intake/operator-run.ts';
import { type Kernel, commit } from '../kernel.ts';
import { writeLine } from '../retention.ts';
import type { Caller, MessageOutcome, MessageRequest, MessageService } from '../services.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { rowFileOf, textsOf } from '../outbox/files.ts';
import {
  type ChannelOf,
  type OutboxRow,
  type Outgoing,
  describeRow,
  outboxTable,
  partId,
} from '../outbox/row.ts';

/** How long the network may take before the answer is that it is on its way. */
const WAIT_MS = 10_000;

/** What the messages of operators need from the rest of the gateway. */
export interface MessageRooms {
  readonly outbox: Outbox;
  readonly budgets: Budgets;
  readonly channelOf: ChannelOf;
}

/** A message, ready to be decided. */
interface Draft {
  readonly caller: Caller;
  readonly trust: TrustClass;
  readonly outgoing: Outgoing & Required<Pick<Outgoing, 'named'>>;
}

/** Sends for operators. */
export class OperatorMessages implements MessageService {
  readonly #kernel: Kernel;
  readonly #rooms: MessageRooms;

  constructor(kernel: Kernel, rooms: MessageRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  async send(caller: Caller, request: MessageRequest): Promise<MessageOutcome> {
    const draft = this.#draft(caller, request);
    const { outbox } = this.#rooms;
    const decision = await this.#permit(draft);
    if (request.rehearse === true) return this.#outcome(draft, decision, [], false);
    const { rows, repeated } = await this.#enqueue(draft, decision);
    if (repeated) return this.#outcome(draft, decision, rows, true);
    const ids = rows.map(({ id }) => id);
    const settled = outbox.settled(ids, WAIT_MS);
    outbox.deliver(rows);
    await settled;
    const now = await this.#kernel.store.transact((tx) => readRows(tx, draft));
    return this.#outcome(draft, decision, now, false);
  }

  #draft(caller: Caller, request: MessageRequest): Draft {
    const { to, accountId, topicId, text, replyTo, idempotencyKey, file } = request;
    const receiver = receiverOf(this.#kernel, to, accountId === undefined ? {} : { accountId });
    const target: Conversation = { ...receiver, ...(topicId === undefined ? {} : { topicId }) };
    if (file !== undefined) this.#requireRoom(target, file);
    return {
      caller,
      trust: caller.scopes.includes('operator.admin') ? 'owner' : 'trusted',
      outgoing: {
        to: target,
        text,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(file === undefined ? {} : { file }),
        named: {
          id: `message-${hash([caller.kind, idempotencyKey]).slice(0, 40)}`,
          digest: hash([
            addressOf(target),
            target.accountId,
            topicId ?? '',
            replyTo ?? '',
            text,
            ...(file === undefined ? [] : [file.name, rowFileOf(file).sha256]),
          ]),
        },
      },
    };
  }

  /** A file that the network would not take is refused before anything is decided. */
  #requireRoom(target: Conversation, { bytes }: OutboundFile): void {
    const { channelOf } = this.#rooms;
    const most = maxFileBytes(this.#kernel, channelOf, target);
    if (bytes.length > most) throw tooLarge(most);
  }

  /** What lets the message go. Throws, with its line in the audit log, when something does not. */
  async #permit(draft: Draft): Promise<Decision> {
    const { outgoing } = draft;
    const { egress, store } = this.#kernel;
    const decisions = [this.#decideFlow(draft)];
    const place = placeOf(draft);
    if (egress.completes(place, addressOf(outgoing.to), leaving(outgoing))) {
      decisions.push(EGRESS_BLOCKED);
    }
    decisions.push(
      await store.transact((tx) =>
        this.#rooms.budgets.decide(tx, this.#spender(draft), this.#charge(draft)),
      ),
    );
    const decision = combine(decisions);
    if (decision.effect === 'allow') return decision;
    await writeLine(this.#kernel, { ...this.#line(draft, decision), effect: 'deny' });
    if (decision.code === 'budget.exhausted') throw budgetRefused(decision);
    throw refused(decision);
  }

  #decideFlow({ trust, outgoing: { to, text } }: Draft): Decision {
    const { value } = this.#kernel.config();
    const owners = getPath(value, 'commands.ownerAllowFrom');
    return decideFlow(value, {
      label: messageLabel(trust),
      requester: trust,
      sink: { kind: 'message', to: to.kind === 'direct' ? [addressOf(to)] : [], text },
      owners: Array.isArray(owners) ? owners.map(String) : [],
      conversations: {},
      requesterMessages: [{ class: trust, text }],
    });
  }

  /** Writes the message down with what it spends; a repeat is found, and nothing is written. */
  async #enqueue(
    draft: Draft,
    decision: Decision,
  ): Promise<{ readonly rows: readonly OutboxRow[]; readonly repeated: boolean }> {
    const { outbox, budgets } = this.#rooms;
    const { outgoing } = draft;
    return await commit(this.#kernel, async (tx) => {
      const before = await readRows(tx, draft);
      if (before.length > 0) {
        if (before.every(({ digest }) => digest === outgoing.named.digest)) {
          return { rows: before, repeated: true };
        }
        throw new PortcullisError('send.key_reused', 'The idempotency key names another message.', {
          hint: 'Give every message a key of its own, or none.',
        });
      }
      // Others may have spent since it was decided.
      const reserved = await budgets.reserve(tx, this.#spender(draft), this.#charge(draft));
      if (reserved.hold === undefined) throw budgetRefused(reserved.decision);
      this.#kernel.journal.record(tx, this.#line(draft, decision));
      this.#kernel.egress.left(placeOf(draft), addressOf(outgoing.to), leaving(outgoing));
      return { rows: await outbox.enqueueFile(tx, outgoing), repeated: false };
    });
  }

  #spender({ caller, trust, outgoing }: Draft): Spender {
    const agentId = this.#kernel.agents().find(({ isDefault }) => isDefault)?.id ?? MAIN_AGENT;
    return {
      run: operatorRun(
        caller,
        {
          agentId,
          runId: outgoing.named.id,
          sessionKey: `agent:${agentId}:${this.#kernel.mainKey()}`,
        },
        trust === 'owner',
      ),
      channel: outgoing.to.channel,
    };
  }

  #charge({ outgoing }: Draft): { readonly messages: number } {
    return { messages: this.#rooms.outbox.countParts(outgoing) };
  }

  #line({ caller, outgoing }: Draft, decision: Decision): Parameters<typeof writeLine>[1] {
    const { channel, accountId, id } = outgoing.to;
    return {
      kind: 'operator',
      at: this.#kernel.now(),
      principal: caller.id,
      effect: decision.effect,
      code: decision.code,
      path: decision.path,
      action: 'message',
      channel,
      accountId,
      conversation: id,
      textHash: textHash(outgoing.text),
      ...(outgoing.file === undefined
        ? {}
        : { fileBytes: outgoing.file.bytes.length, fileSha256: rowFileOf(outgoing.file).sha256 }),
    };
  }

  #outcome(
    draft: Draft,
    decision: Decision,
    rows: readonly OutboxRow[],
    repeated: boolean,
  ): MessageOutcome {
    const { channel, accountId, id } = draft.outgoing.to;
    return {
      channel,
      accountId,
      conversationId: id,
      decision,
      parts: rows.length === 0 ? this.#charge(draft).messages : rows.length,
      items: rows.map(describeRow),
      repeated,
    };
  }
}

/** Every text that leaves with a message. */
function leaving({ text, file }: Outgoing): readonly string[] {
  return [text, ...(file === undefined ? [] : textsOf(file))];
}

/** The pieces of a message that are in the outbox. */
async function readRows(tx: Tx, { outgoing: { named } }: Draft): Promise<readonly OutboxRow[]> {
  const first = await tx.get(outboxTable, partId(named.id, 1));
  if (first === undefined) return [];
  const rows = [first];
  for (let part = 2; part <= first.parts; part += 1) {
    const row = await tx.get(outboxTable, partId(named.id, part));
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

function hash(value: readonly string[]): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** Pieces of a secret add up over everything one operator sends. */
function placeOf({ caller }: Draft): string {
  return `messages:${caller.id}`;
}

function refused(decision: Decision): PortcullisError {
  const { effect, code, path, reason } = decision;
  return new PortcullisError('send.denied', `${reason} (${path})`, {
    hint:
      effect === 'ask'
        ? 'It needs an approval, and nobody is asked here: send it with operator.admin.'
        : 'openclaw audit log shows what was decided.',
    details: { code, path },
  });
}
