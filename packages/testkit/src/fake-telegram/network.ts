/**
 * What the fake Telegram knows: its bot, people, chats, messages and files.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Chat, Message, MessageEntity, User, UserFromGetMe } from 'grammy/types';
import { badRequest, Refusal } from './refusal.ts';
import type { UploadedFile } from './parameters.ts';
import type { SentTelegramMessage } from './records.ts';
import { UpdateQueue } from './update-queue.ts';

/** One chat and what happened in it. */
export interface ChatState {
  chat: Chat;
  readonly messages: Map<number, Message>;
  readonly topics: Set<number>;
  nextMessageId: number;
  /** A private chat whose person never wrote is unknown to the bot; a room must have the bot. */
  open: boolean;
  /** Why the bot may not write, as the Bot API words it. */
  closedBecause: string | undefined;
  migratedTo: number | undefined;
}

/** What a message is made of beside its place. */
export type MessageContent = Omit<Message, 'message_id' | 'date' | 'chat'>;

/** The state behind one fake bot. */
export class Network {
  readonly bot: UserFromGetMe;
  readonly token: string;
  readonly updates: UpdateQueue = new UpdateQueue();
  readonly users: Map<number, User> = new Map();
  readonly chats: Map<number, ChatState> = new Map();
  readonly files: Map<string, UploadedFile & { readonly path: string }> = new Map();
  readonly callbacks: Map<string, { answered: string | undefined }> = new Map();
  readonly sent: SentTelegramMessage[] = [];
  /** Why the next texts are said to be unreadable, oldest first. */
  readonly markupRefusals: string[] = [];
  /** Set once the token was taken back. */
  revoked = false;
  #nextId = 1001;

  constructor(bot: UserFromGetMe, token: string) {
    this.bot = bot;
    this.token = token;
    this.users.set(bot.id, bot);
  }

  /** A fresh positive id. */
  newId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  /** Adds a chat. */
  addChat(chat: Chat, open: boolean): ChatState {
    const state: ChatState = {
      chat,
      open,
      messages: new Map(),
      topics: new Set(),
      nextMessageId: 1,
      closedBecause: undefined,
      migratedTo: undefined,
    };
    this.chats.set(chat.id, state);
    return state;
  }

  /** The chat a test names. */
  chat(id: number): ChatState {
    const state = this.chats.get(id);
    if (state === undefined) throw badRequest('chat not found');
    return state;
  }

  /** The chat the bot names, if it may write there. */
  writableChat(id: unknown): ChatState {
    const number = typeof id === 'string' && /^-?\d+$/u.test(id) ? Number(id) : id;
    const state =
      typeof number === 'number'
        ? this.chats.get(number)
        : [...this.chats.values()].find(({ chat }) => `@${chat.username ?? ''}` === id);
    if (id === undefined || id === '') throw badRequest('chat_id is empty');
    if (state === undefined || !state.open) {
      if (state?.closedBecause !== undefined) throw new Refusal(403, state.closedBecause);
      throw badRequest('chat not found');
    }
    if (state.migratedTo !== undefined) {
      throw badRequest('group chat was upgraded to a supergroup chat', {
        migrate_to_chat_id: state.migratedTo,
      });
    }
    if (state.closedBecause !== undefined) throw new Refusal(403, state.closedBecause);
    return state;
  }

  /** Writes a message into a chat. */
  write(state: ChatState, content: MessageContent): Message {
    const message: Message = {
      ...content,
      message_id: state.nextMessageId,
      date: Math.floor(Date.now() / 1000),
      chat: state.chat,
    };
    state.nextMessageId += 1;
    state.messages.set(message.message_id, message);
    return message;
  }

  /** Stores a file and returns its id. */
  addFile(file: UploadedFile, folder: string): string {
    const id = `AgACAgIAAx${randomBytes(18).toString('base64url')}`;
    this.files.set(id, { ...file, path: `${folder}/file_${this.newId()}${extension(file.name)}` });
    return id;
  }
}

function extension(name: string): string {
  return /\.[a-z0-9]{1,8}$/iu.exec(name)?.[0] ?? '';
}

/** A message as it appears inside its answer: without the answer's own answer. */
export function asReply(message: Message): NonNullable<Message['reply_to_message']> {
  const { reply_to_message: _nested, ...reply } = message;
  return reply as NonNullable<Message['reply_to_message']>;
}

/** `entities` as a message field; absent when there are none, as the real API. */
export function entitiesField(
  name: 'entities' | 'caption_entities',
  entities: readonly MessageEntity[],
): Partial<Record<'entities' | 'caption_entities', MessageEntity[]>> {
  return entities.length === 0 ? {} : { [name]: [...entities] };
}
