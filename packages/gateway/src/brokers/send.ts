/**
 * The `send` broker: messages of tools take the same outbox as answers.
 *
 * @module
 */
import { type Conversation, PortcullisError, type SendBroker } from '@portcullis/core';
import type { Sink } from '@portcullis/policy/flow';

import { type Budgets, budgetRefused } from '../budgets/budgets.ts';
import { textHash } from '../audit/journal.ts';
import { addressOf, receiverOf } from '../channels/receiver.ts';
import { answerPlace } from '../intake/answer-place.ts';
import { defang } from '../outbox/links.ts';
import { type Kernel, commit } from '../kernel.ts';
import { rowFileOf, textsOf } from '../outbox/files.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Outgoing } from '../outbox/row.ts';
import { answerSink } from './answer-sink.ts';
import { type AttachRooms, attach } from './attach.ts';
import type { CallSite, EffectGate } from './effect.ts';

/** Sends for one call. */
export function createSendBroker(
  kernel: Kernel,
  gate: EffectGate,
  rooms: AttachRooms & { readonly outbox: Outbox; readonly budgets: Budgets },
): SendBroker {
  const { outbox, budgets } = rooms;
  return {
    send: async ({ text, to, accountId, file: path }) => {
      const { event, run } = gate.site;
      const isReply = to === undefined;
      const target = isReply
        ? currentOf(gate.site)
        : receiverOf(kernel, to, {
            near: answerPlace(event) ?? event.conversation,
            ...(accountId === undefined ? {} : { accountId }),
          });
      // Read before it is decided whether it may leave: then the session has seen what it holds.
      const file = path === undefined ? undefined : await attach(kernel, gate, rooms, target, path);
      const about = file === undefined ? undefined : rowFileOf(file);
      const spender = { run, channel: target.channel };
      const sink = isReply ? answerSink(gate.site, text) : messageSink(target, text);
      let outgoing: Outgoing = {
        to: target,
        text,
        runId: run.runId,
        ...(file === undefined ? {} : { file }),
      };
      const charge = (): { messages: number } => ({ messages: outbox.countParts(outgoing) });
      const rows = await gate.perform({
        kind: 'send',
        action: isReply ? 'reply' : 'message',
        facts: {
          channel: target.channel,
          accountId: target.accountId,
          conversation: target.id,
          textHash: textHash(text),
          ...(about === undefined ? {} : { fileBytes: about.size, fileSha256: about.sha256 }),
        },
        subject: {
          to: [addressOf(target)],
          accountId: target.accountId,
          text,
          ...(about === undefined ? {} : { file: { ...about } }),
        },
        leaves: [text, ...(file === undefined ? [] : textsOf(file))],
        sink,
        decide: async () => {
          const decision = await gate.site.flow.decide(sink);
          const isDefanged = decision.constraints?.['urls'] === 'defanged';
          outgoing = { ...outgoing, text: isDefanged ? defang(text) : text };
          const spending = charge();
          return [
            decision,
            await kernel.store.transact((tx) => budgets.decide(tx, spender, spending)),
          ];
        },
        act: async () => {
          const enqueued = await commit(kernel, async (tx) => {
            // Others may have spent since it was decided.
            const { decision, hold } = await budgets.reserve(tx, spender, charge());
            if (hold === undefined) throw budgetRefused(decision);
            return await outbox.enqueueFile(tx, outgoing);
          });
          outbox.deliver(enqueued);
          return enqueued;
        },
        outcome: (sent) => ({ parts: sent.length }),
      });
      return { ids: rows.map(({ id }) => id) };
    },
  };
}

/** Another conversation as a way out. */
function messageSink(target: Conversation, text: string): Sink {
  return { kind: 'message', to: target.kind === 'direct' ? [addressOf(target)] : [], text };
}

function currentOf({ event }: CallSite): Conversation {
  const place = answerPlace(event);
  if (place !== undefined) return place;
  throw new PortcullisError(
    'send.no_conversation',
    'This conversation takes no messages beside the answer.',
    { hint: 'Put it into the answer, or name a receiver as <channel>:<id>.' },
  );
}
