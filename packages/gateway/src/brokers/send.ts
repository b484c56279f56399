/**
 * The `send` broker: messages of tools take the same outbox as answers.
 *
 * @module
 */
import { type Conversation, PortcullisError, type SendBroker } from '@portcullis/core';

import { isAccountOn } from '../channels/channel-plans.ts';
import { type Budgets, budgetRefused } from '../budgets/budgets.ts';
import { textHash } from '../audit/journal.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { EffectGate } from './effect.ts';

const PEER = /^([a-z][a-z0-9-]{0,31}):(.{1,200})$/u;

/** Sends for one call. */
export function createSendBroker(
  kernel: Kernel,
  gate: EffectGate,
  { outbox, budgets }: { readonly outbox: Outbox; readonly budgets: Budgets },
): SendBroker {
  return {
    send: async ({ text, to, accountId }) => {
      const { event, flow } = gate.site;
      const current = event.conversation;
      const target = to === undefined ? current : parsePeer(kernel, to, accountId ?? 'default');
      const isReply = target === current;
      const outgoing = { to: target, text, runId: gate.site.run.runId };
      const spender = { run: gate.site.run, channel: target.channel };
      const charge = { messages: outbox.countParts(outgoing) };
      const peers = [`${target.channel}:${target.id}`];
      const rows = await gate.perform({
        kind: 'send',
        action: isReply ? 'reply' : 'message',
        facts: {
          channel: target.channel,
          accountId: target.accountId,
          conversation: target.id,
          textHash: textHash(text),
        },
        subject: { to: peers, accountId: target.accountId, text },
        leaves: [text],
        decide: async () => [
          await flow.decide(
            isReply
              ? { kind: 'reply', to: peers, conversation: gate.site.run.sessionKey, text }
              : { kind: 'message', to: peers, text },
          ),
          await kernel.store.transact((tx) => budgets.decide(tx, spender, charge)),
        ],
        act: async () => {
          const enqueued = await commit(kernel, async (tx) => {
            // Others may have spent since it was decided.
            const { decision, hold } = await budgets.reserve(tx, spender, charge);
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

/** A person named as `<channel>:<id>`, on an account that is configured and switched on. */
function parsePeer(kernel: Kernel, to: string, accountId: string): Conversation {
  const [, channel, id] = PEER.exec(to) ?? [];
  const isKnown = channel !== undefined && kernel.registry.channels.has(channel);
  if (!isKnown || id === undefined || !isAccountOn(kernel.config(), channel, accountId)) {
    throw new PortcullisError(
      'send.unknown_peer',
      'The receiver is not a peer of a configured channel.',
      {
        hint: 'Name it as <channel>:<id>, as in telegram:42.',
      },
    );
  }
  return { channel, accountId, kind: 'direct', id };
}
