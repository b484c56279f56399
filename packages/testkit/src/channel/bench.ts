/**
 * What an author of a channel provides so that the contract suite can drive it.
 *
 * @module
 */
import type { AttachmentRef, Channel, Conversation, Logger } from '@portcullis/core';

/** A way in which the next send goes wrong on the network's side. */
export type SendFault =
  /** The network asks to slow down. */
  | 'rate-limited'
  /** No connection comes about. */
  | 'unreachable'
  /** The network takes the message, and the answer is lost. */
  | 'answer-lost'
  /** The network has a fault of its own. */
  | 'server-fault';

/** What the suite hands to the author for one test. */
export interface ChannelBenchTools {
  /** To be given to the channel: what is logged here is searched for secrets. */
  readonly log: Logger;
}

/** One channel on one fake network, fresh for every test. */
export interface ChannelBench {
  readonly channel: Channel;
  /** Texts that must not appear in any log line, error, event or status: tokens, secrets. */
  readonly secrets: readonly string[];
  /** A conversation that exists and takes messages. */
  readonly conversation: Conversation;
  /** A conversation the network says does not exist. */
  readonly goneConversation: Conversation;

  /** A person writes in one of two direct chats. Resolves when the network has the message. */
  receive(chat: 'first' | 'second', text: string): Promise<void>;
  /** The network delivers an echo of something this account sent. */
  receiveOwn?(text: string): Promise<void>;
  /** Somebody who is not the network delivers an event. Resolves when they were answered. */
  receiveForged?(text: string): Promise<void>;
  /** A person sends a file of `bytes` bytes whose size the network does not state. */
  receiveFile?(bytes: number): Promise<AttachmentRef>;

  /** How many messages of people the channel has not acknowledged. */
  unacknowledged(): number;
  /** Texts the network took from the channel, oldest first, without markup. */
  sent(): readonly string[];
  /** Lets the next send go wrong. */
  failNextSend(fault: SendFault): Promise<void>;
  /** Undoes {@link ChannelBench.failNextSend}. */
  heal(): Promise<void>;
  /** Breaks every connection; new ones are served. */
  dropConnections(): Promise<void>;
  close(): Promise<void>;
}

/** Makes a fresh bench for every test. */
export type OpenChannelBench = (tools: ChannelBenchTools) => Promise<ChannelBench>;
