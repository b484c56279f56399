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

/** A message the first person writes in {@link ChannelBench.room}. */
export interface RoomMessage {
  readonly text: string;
  /** Whom the network's own mention in it is about, before the text. Absent: it mentions nobody. */
  readonly mention?: 'us' | 'somebody';
  /** The id of the message it answers, one that we sent. */
  readonly replyTo?: string;
  /** Written in a thread or topic of the room, always the same one. Asked for with `threads` only. */
  readonly inThread?: true;
  /** Written by another bot, not by the first person. */
  readonly byBot?: true;
}

/** What the network took from the channel, as it stands there now. */
export interface SentMessage {
  /** The network's id of it. */
  readonly id: string;
  /** What a reader sees, without markup and after edits; of a file, what is written beside it. */
  readonly text: string;
  readonly file?: { readonly name: string; readonly bytes: Uint8Array };
  /** Whether the network would show a preview of a link in it. Absent: it never does. */
  readonly preview?: boolean;
  /** Whom it notified beyond the conversation itself: `everyone`, an id of a person. */
  readonly pings?: readonly string[];
  /** The thread or topic it went to. */
  readonly thread?: string;
}

/**
 * One channel on one fake network, fresh for every test.
 *
 * Optional members are what a network may lack. A test that needs one that is absent is skipped, and
 * its reason names the member, so that what was never checked can be seen.
 */
export interface ChannelBench {
  readonly channel: Channel;
  /** Texts that must not appear in any log line, error, event or status: tokens, secrets. */
  readonly secrets: readonly string[];
  /** A conversation that exists and takes messages: the first person's. */
  readonly conversation: Conversation;
  /** Set where a message can be sent only while the channel runs: the suite runs it before. */
  readonly sendsWhileRunning?: true;
  /** Set where the network does not tell bots from people. */
  readonly hidesBots?: true;
  /** A conversation the network says does not exist. */
  readonly goneConversation: Conversation;

  /** A person writes in one of two direct chats. Resolves when the network has the message. */
  receive(chat: 'first' | 'second', text: string): Promise<void>;
  /** The network delivers an echo of something this account sent. */
  receiveOwn?(text: string): Promise<void>;
  /** Somebody who is not the network delivers an event. Resolves when they were answered. */
  receiveForged?(text: string): Promise<void>;
  /** The first person sends a file of `bytes` bytes whose size the network does not state. */
  receiveFile?(bytes: number): Promise<AttachmentRef>;
  /** The first person writes `before` in their chat and changes it to `after`. */
  receiveEdit?(before: string, after: string): Promise<void>;
  /** The first person reacts to a message we sent. `emoji`: `👍`; a network may have names for it. */
  receiveReaction?(messageId: string, emoji: string): Promise<void>;
  /** The first person presses the button with `data` under a message we sent. */
  receivePress?(messageId: string, data: string): Promise<void>;
  /** The first person gives a command in the way the network has for it: `/stop now`. */
  receiveCommand?(name: string, args: string): Promise<void>;
  /** The first person passes on what somebody else wrote. */
  receiveForward?(text: string): Promise<void>;
  /** The network delivers the last message again, as it does when an acknowledgement was lost. */
  redeliver?(): Promise<void>;
  /** How many files the channel has downloaded. */
  downloads?(): number;

  /** The id by which a person is known for good: what `sender.id` has to be. */
  identity?(chat: 'first' | 'second'): string;
  /** Gives a person another name: all those that people may choose themselves. */
  rename?(chat: 'first' | 'second', name: string): Promise<void>;
  /** A room we are in, and which takes messages. */
  readonly room?: Conversation;
  /** Set where a room has threads or topics. */
  readonly threads?: true;
  /** Our name, as somebody writes it who does not use the network's mention. */
  readonly ourName?: string;
  /** Somebody writes in the room. */
  receiveInRoom?(message: RoomMessage): Promise<void>;

  /** How many messages of people the channel has not acknowledged. */
  unacknowledged(): number;
  /** Texts the network took from the channel, oldest first, without markup. */
  sent(): readonly string[];
  /** The last message the network took. */
  lastSent?(): SentMessage | undefined;
  /** Texts that would notify many people if they were sent as they are: `@everyone`. */
  readonly pings?: readonly string[];
  /** Ids of the messages of people the network was told we have read. */
  seen?(): readonly string[];
  /** How often the network was told that we are typing. */
  typing?(): number;

  /** Lets the next send go wrong. */
  failNextSend(fault: SendFault): Promise<void>;
  /** Undoes {@link ChannelBench.failNextSend}. */
  heal(): Promise<void>;
  /** Breaks every connection; new ones are served. */
  dropConnections(): Promise<void>;
  /**
   * Goes silent on every connection without closing it, as a lost route does; new ones are served.
   * Let the channel notice within a second: give it short timings.
   */
  stall?(): Promise<void>;
  /** From now on the network does not take our login. */
  revoke?(): Promise<void>;
  /** How many connections the channel keeps open to hear of events: sockets, polls. */
  connections?(): number;
  close(): Promise<void>;
}

/** Makes a fresh bench for every test. */
export type OpenChannelBench = (tools: ChannelBenchTools) => Promise<ChannelBench>;
