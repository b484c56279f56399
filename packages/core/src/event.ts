/**
 * What came in, whatever door it came through.
 *
 * Every kind of event takes the same way: inbox, gate, lane. A channel states facts only; it never
 * decides and never drops, except that it marks what its own account sent `isSelf`.
 *
 * @module
 */

import type { Json } from './store.ts';

/**
 * The closed list of event kinds. `policy.admit` denies any other.
 *
 * Channel kinds: `message` to `join`. The others are doors of the gateway itself: `operator` is a
 * chat message over the gateway protocol, `api` an HTTP API call.
 */
export type EventKind =
  | 'message'
  | 'edit'
  | 'reaction'
  | 'receipt'
  | 'poll'
  | 'pin'
  | 'member'
  | 'button'
  | 'command'
  | 'join'
  | 'operator'
  | 'api'
  | 'hook'
  | 'cron'
  | 'subagent';

/** `direct`: one person. `group`, `channel`: a room. `groupdm`: an ad-hoc group (Slack MPIM, Discord group DM). */
export type ConversationKind = 'direct' | 'group' | 'channel' | 'groupdm';

/** Where a message was written, and where an answer goes. */
export interface Conversation {
  /** Channel id: `telegram`. */
  readonly channel: string;
  /** Account of that channel; `default` when there is one only. */
  readonly accountId: string;
  readonly kind: ConversationKind;
  /** The network's stable id of the chat or room. For `direct` it may equal the sender's id. */
  readonly id: string;
  /** Forum topic inside the room (Telegram). */
  readonly topicId?: string;
  /** Thread inside the room (Slack, Discord). */
  readonly threadId?: string;
  /** The room a thread belongs to, where the network gives threads ids of their own (Discord). */
  readonly parentId?: string;
  readonly guildId?: string;
  readonly teamId?: string;
}

/** Who wrote, as the network attests it. Names are for display and never identify. */
export interface Sender {
  /** Stable id from the network. Absent when the network gave none; then nobody is matched. */
  readonly id?: string;
  readonly username?: string;
  readonly name?: string;
  readonly roles?: readonly string[];
  readonly isBot?: boolean;
  /**
   * Sent by the very account we use: the network's echo of something we sent, or what a person typed
   * who uses the account as well. Which of them it is, is found by {@link Event.messageId}, so an
   * echo must not come before the receipt of its sending was given: hold it back, or leave out
   * what is known to be ours.
   */
  readonly isSelf?: boolean;
}

/** How a room message relates to us, as the network attests it. */
export interface EventFacts {
  /** A mention the network itself resolved to our account. */
  readonly nativeMention?: boolean;
  readonly replyToBot?: boolean;
  readonly quotedBot?: boolean;
  /** We wrote in this thread before. */
  readonly botInThread?: boolean;
  /** Somebody else is natively mentioned. */
  readonly mentionsOthers?: boolean;
  /** False where this network cannot tell a mention. Default true. */
  readonly canDetectMention?: boolean;
}

/** A file that came with an event: a reference only. Bytes are fetched after admission. */
export interface AttachmentRef {
  /** The network's own reference, meaningful to the channel that made it. */
  readonly ref: string;
  readonly name?: string;
  readonly mimeType?: string;
  /** Size in bytes as the network states it. */
  readonly size?: number;
  /** Bytes sent along with an operator chat message, base64. */
  readonly content?: string;
}

/** Something quoted, forwarded or remembered that comes with a message. */
export interface ContextItem {
  readonly kind: 'quote' | 'history' | 'thread' | 'forwarded';
  readonly sender: Sender;
  readonly text: string;
}

/** One thing that happened outside. Plain JSON: it is stored as it is. */
export interface Event {
  readonly kind: EventKind;
  /**
   * The network's id of this occurrence, including the kind and the edit time, so that an edit is
   * never taken for a redelivery of its message. That of a message, and of a command written as
   * one, is {@link messageEventId}: an edit is traced to its message by it. Without an id the event
   * is not deduplicated.
   */
  readonly eventId?: string;
  readonly conversation: Conversation;
  readonly sender: Sender;
  /** When the network says it happened, milliseconds since 1970. */
  readonly at: number;
  readonly text?: string;
  /** The message this event is about (edits, reactions, buttons) or that this event is (messages). */
  readonly messageId?: string;
  /** The message this one answers. */
  readonly replyTo?: string;
  readonly facts?: EventFacts;
  readonly attachments?: readonly AttachmentRef[];
  readonly context?: readonly ContextItem[];
  /** A control command the channel parsed: `/stop now` is `{ name: 'stop', args: 'now' }`. */
  readonly command?: { readonly name: string; readonly args: string };
  /** A pressed button: the data its record was made with. */
  readonly button?: { readonly data: string };
  /** The door's own claims about a gateway event (operator, api, hook, cron, subagent). */
  readonly origin?: EventOrigin;
}

/** What a door of the gateway states about who is behind an event. Never taken from a channel. */
export interface EventOrigin {
  /** Connection, credential, hook, job or parent session: an id for the audit log. */
  readonly id: string;
  /** Operator scopes held at the time of the event. */
  readonly scopes?: readonly string[];
  /** The session asked for. Honoured for operator scope only. */
  readonly sessionKey?: string;
  /**
   * What the event's turn may do at most: a capability of this gateway, as JSON. Required for `hook`,
   * `cron` and `subagent`, ignored otherwise.
   */
  readonly capability?: Json;
  /**
   * What whoever started it had seen by then, a flow label as JSON. The session knows it before the
   * turn does anything. For `cron` and `subagent` only.
   */
  readonly label?: Json;
  /** Run id the caller chose (the idempotency key of `chat.send`). */
  readonly runId?: string;
  /** What the door is called, for the model and for people: a job's or a hook's name. */
  readonly name?: string;
  /** What the operator wants done with the text of a hook, in his own words. */
  readonly instructions?: string;
  /** Set where one call of one tool is asked for, and no answer of a model. */
  readonly call?: { readonly tool: string; readonly args: Json };
  /** Where the answer goes: jobs and hooks have nobody at the other end who waits for it. */
  readonly answersTo?: Conversation;
}

/** The event id of a message: `message:<conversation id>:<message id>`. */
export function messageEventId(conversationId: string, messageId: string): string {
  return `message:${conversationId}:${messageId}`;
}
