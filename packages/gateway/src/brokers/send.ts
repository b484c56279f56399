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
import type { Outbox } from '../outbox/outbox.ts';
import { answerSink } from './answer-sink.ts';
import type { CallSite, EffectGate } from './effect.ts';

/** Sends for one call. */
export function createSendBroker(
  kernel: Kernel,
  gate: EffectGate,
  { outbox, budgets }: { readonly outbox: Outbox; readonly budgets: Budgets },
): SendBroker {
  return {
    send: async ({ text, to, accountId }) => {
      const { event, run } = gate.site;
      const isReply = to === undefined;
      const target = isReply
        ? currentOf(gate.site)
        : receiverOf(kernel, to, {
            near: answerPlace(event) ?? event.conversation,
            ...(accountId === undefined ? {} : { accountId }),
          });
      const spender = { run, channel: target.channel };
      const sink = isReply ? answerSink(gate.site, text) : messageSink(target, text);
      let outgoing = { to: target, text, runId: run.runId };
      const charge = (): { messages: number } => ({ messages: outbox.countParts(outgoing) });
      const rows = await gate.perform({
        kind: 'send',
        action: isReply ? 'reply' : 'message',
        facts: {
          channel: target.channel,
          accountId: target.accountId,
          conversation: target.id,
          textHash: textHash(text),
        },
        subject: { to: [addressOf(target)], accountId: target.accountId, text },
        leaves: [text],
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
            return outbox.enqueue(tx, outgoing);
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
