/**
 * The `send` broker: messages of tools take the same outbox as answers.
 *
 * @module
 */
import { type Conversation, PortcullisError, type SendBroker } from '@portcullis/core';
import type { Sink } from '@portcullis/policy/flow';

import { type Budgets, budgetRefused } from '../budgets/budgets.ts';
import { textHash } from '../audit/journal.ts';
import { accountsOn } from '../channels/channel-plans.ts';
import { defang } from '../outbox/links.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { CallSite, EffectGate } from './effect.ts';

const PEER = /^([a-z][a-z0-9-]{0,31}):(?:(group|channel):)?([^\p{C}]{1,200})$/u;

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
        : receiverOf(kernel, event.conversation, to, accountId);
      const spender = { run, channel: target.channel };
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
        decide: async () => {
          const sink = isReply ? replySink(gate.site, text) : messageSink(target, text);
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

/** The current conversation as a way out: nobody can name all members of a room. */
export function replySink({ run, event }: CallSite, text: string): Sink {
  const isDirect = event.conversation.kind === 'direct';
  return {
    kind: 'reply',
    to: isDirect ? [run.principal.id] : [],
    conversation: run.sessionKey,
    text,
  };
}

/** Another conversation as a way out. */
function messageSink(target: Conversation, text: string): Sink {
  return { kind: 'message', to: target.kind === 'direct' ? [addressOf(target)] : [], text };
}

/** A receiver as tools name it. */
function addressOf({ channel, kind, id }: Conversation): string {
  return kind === 'direct' ? `${channel}:${id}` : `${channel}:${kind}:${id}`;
}

function currentOf({ event }: CallSite): Conversation {
  if (event.origin === undefined) return event.conversation;
  throw new PortcullisError(
    'send.no_conversation',
    'This conversation takes no messages beside the answer.',
    { hint: 'Put it into the answer, or name a receiver as <channel>:<id>.' },
  );
}

/** A person or a room, on an account that is configured. */
function receiverOf(
  kernel: Kernel,
  current: Conversation,
  to: string,
  accountId: string | undefined,
): Conversation {
  const [, channel, kind, id] = PEER.exec(to) ?? [];
  if (channel === undefined || id === undefined) throw unknownPeer();
  const accounts = kernel.registry.channels.has(channel)
    ? accountsOn(kernel.config(), channel)
    : [];
  if (accounts.length === 0) throw unknownPeer();
  const near = current.channel === channel ? current.accountId : undefined;
  const account = accountId ?? accounts.find((each) => each === near) ?? accounts[0];
  if (account === undefined || !accounts.includes(account)) {
    throw new PortcullisError(
      'send.unknown_account',
      'The receiver is to be written to from an account that is not configured.',
      { hint: 'Leave the account out, or name one that is set up for this channel.' },
    );
  }
  const isRoom = kind === 'group' || kind === 'channel';
  return { channel, accountId: account, kind: isRoom ? kind : 'direct', id };
}

function unknownPeer(): PortcullisError {
  return new PortcullisError(
    'send.unknown_peer',
    'The receiver is not a peer of a configured channel.',
    { hint: 'Name it as <channel>:<id> or <channel>:group:<id>, as in telegram:42.' },
  );
}
