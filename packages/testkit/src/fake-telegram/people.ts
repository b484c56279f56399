/**
 * What people do on the fake network: write, edit, press, react, come and go.
 *
 * Everything a person does becomes the update the real service would make of it.
 *
 * @module
 */
import type { Chat, ChatMember, Message, MessageEntity, MessageOrigin, User } from 'grammy/types';
import { detectEntities } from './entities.ts';
import { asReply, type ChatState, entitiesField, type Network } from './network.ts';
import type { FakeTelegramPeople } from './controls.ts';
import type {
  FakeTelegramChat,
  FakeTelegramUser,
  UserMessage,
  UserMessageReceipt,
} from './records.ts';

const ANONYMOUS_ADMIN: User = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: 'Group',
  username: 'GroupAnonymousBot',
};
const CHANNEL_IDENTITY: User = {
  id: 136_817_688,
  is_bot: true,
  first_name: 'Channel',
  username: 'Channel_Bot',
};

const now = () => Math.floor(Date.now() / 1000);

function entitiesOf(text: string, mentioned: readonly FakeTelegramUser[]): MessageEntity[] {
  const named: MessageEntity[] = mentioned
    .filter((user) => text.includes(user.first_name))
    .map((user) => ({
      type: 'text_mention',
      offset: text.indexOf(user.first_name),
      length: user.first_name.length,
      user,
    }));
  return [...detectEntities(text), ...named].toSorted((a, b) => a.offset - b.offset);
}

function originOf(from: FakeTelegramUser | FakeTelegramChat, network: Network): MessageOrigin {
  const date = now();
  if ('first_name' in from) return { type: 'user', date, sender_user: from };
  const { chat } = network.chat(from.id);
  return chat.type === 'channel'
    ? { type: 'channel', date, chat, message_id: 1 }
    : { type: 'chat', date, sender_chat: chat };
}

function mediaOf(network: Network, message: UserMessage): Partial<Message> {
  if (message.photo !== undefined) {
    const id = network.addFile({ name: 'photo.jpg', bytes: message.photo }, 'photos');
    const small = { file_id: `${id}s`, file_unique_id: 'small', width: 90, height: 90 };
    const size = message.photo.length;
    const large = { file_id: id, file_unique_id: 'large', width: 800, height: 800 };
    return {
      photo: [
        { ...small, file_size: 10 },
        { ...large, file_size: size },
      ],
    };
  }
  if (message.document !== undefined) {
    const { name, bytes, mimeType = 'application/octet-stream' } = message.document;
    const file_id = network.addFile({ name, bytes }, 'documents');
    const size = { file_size: bytes.length, file_name: name, mime_type: mimeType };
    return { document: { file_id, file_unique_id: 'document', ...size } };
  }
  return {};
}

function senderOf(message: UserMessage, state: ChatState, network: Network): Partial<Message> {
  if (message.senderChat === undefined) {
    return state.chat.type === 'channel' ? { sender_chat: state.chat } : { from: message.from };
  }
  const { chat } = network.chat(message.senderChat.id);
  return {
    from: chat.id === state.chat.id ? ANONYMOUS_ADMIN : CHANNEL_IDENTITY,
    sender_chat: chat,
  };
}

function replyOf(message: UserMessage, state: ChatState): Partial<Message> {
  const id = message.replyTo ?? message.topicId;
  const target = id === undefined ? undefined : state.messages.get(id);
  if (target === undefined) return {};
  const quote =
    message.quote === undefined
      ? {}
      : { quote: { text: message.quote, position: 0, is_manual: true as const } };
  return { reply_to_message: asReply(target), ...quote };
}

function textOf(message: UserMessage): Partial<Message> {
  const { text, textMentions = [] } = message;
  if (text === undefined) return {};
  const entities = entitiesOf(text, textMentions);
  return message.photo === undefined && message.document === undefined
    ? { text, ...entitiesField('entities', entities) }
    : { caption: text, ...entitiesField('caption_entities', entities) };
}

function memberAs(status: 'member' | 'left', user: User): ChatMember {
  return { status, user };
}

class People implements FakeTelegramPeople {
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  #place(chat: FakeTelegramChat | undefined, from: FakeTelegramUser): ChatState {
    const state = this.#network.chat(chat?.id ?? from.id);
    // Whoever writes to a bot opens the chat and lifts a block.
    if (state.chat.type === 'private') {
      state.open = true;
      state.closedBecause = undefined;
    }
    return state;
  }

  #publish(message: Message, edited = false): UserMessageReceipt {
    const channel = message.chat.type === 'channel';
    const kind = `${edited ? 'edited_' : ''}${channel ? 'channel_post' : 'message'}`;
    const updateId = this.#network.updates.push({ [kind]: message });
    const fileId = message.document?.file_id ?? message.photo?.at(-1)?.file_id;
    const place = { chatId: message.chat.id, messageId: message.message_id, updateId };
    return fileId === undefined ? place : { ...place, fileId };
  }

  userSends(message: UserMessage): UserMessageReceipt {
    const state = this.#place(message.chat, message.from);
    const origin =
      message.forwardedFrom === undefined
        ? {}
        : { forward_origin: originOf(message.forwardedFrom, this.#network) };
    const topic =
      message.topicId === undefined
        ? {}
        : { message_thread_id: message.topicId, is_topic_message: true };
    return this.#publish(
      this.#network.write(state, {
        ...senderOf(message, state, this.#network),
        ...textOf(message),
        ...mediaOf(this.#network, message),
        ...replyOf(message, state),
        ...origin,
        ...topic,
      }),
    );
  }

  userEdits(edit: Parameters<FakeTelegramPeople['userEdits']>[0]): UserMessageReceipt {
    const state = this.#place(edit.chat, edit.from);
    const before = state.messages.get(edit.messageId);
    const after: Message = {
      message_id: edit.messageId,
      date: now(),
      chat: state.chat,
      from: edit.from,
      ...before,
      edit_date: edit.editedAt ?? now(),
      ...textOf(edit),
    };
    state.messages.set(edit.messageId, after);
    return this.#publish(after, true);
  }

  userPresses(press: Parameters<FakeTelegramPeople['userPresses']>[0]): string {
    const state = this.#place(press.chat, press.from);
    const id = `${Date.now()}${this.#network.newId()}`;
    this.#network.callbacks.set(id, { answered: undefined });
    const message = state.messages.get(press.messageId) ?? {
      chat: state.chat,
      message_id: press.messageId,
      date: 0 as const,
    };
    this.#network.updates.push({
      callback_query: { id, from: press.from, message, chat_instance: '1', data: press.data },
    });
    return id;
  }

  userReacts(reaction: Parameters<FakeTelegramPeople['userReacts']>[0]): void {
    const { chat } = this.#place(reaction.chat, reaction.from);
    const new_reaction = reaction.emoji.map((emoji) => ({ type: 'emoji' as const, emoji }));
    const about = { chat, message_id: reaction.messageId, user: reaction.from, date: now() };
    this.#network.updates.push({ message_reaction: { ...about, old_reaction: [], new_reaction } });
  }

  userPins(pin: Parameters<FakeTelegramPeople['userPins']>[0]): UserMessageReceipt {
    const state = this.#place(pin.chat, pin.from);
    const pinned = state.messages.get(pin.messageId);
    const content = pinned === undefined ? {} : { pinned_message: pinned };
    return this.#publish(this.#network.write(state, { from: pin.from, ...content }));
  }

  #botMoves(state: ChatState, from: User, status: 'member' | 'left'): void {
    const { bot, updates } = this.#network;
    updates.push({
      my_chat_member: {
        chat: state.chat,
        from,
        date: now(),
        old_chat_member: memberAs(status === 'member' ? 'left' : 'member', bot),
        new_chat_member:
          state.chat.type === 'private' && status === 'left'
            ? { status: 'kicked', user: bot, until_date: 0 }
            : memberAs(status, bot),
      },
    });
  }

  userAddsBot(from: FakeTelegramUser, chat: FakeTelegramChat): void {
    const state = this.#network.chat(chat.id);
    state.open = true;
    state.closedBecause = undefined;
    this.#botMoves(state, from, 'member');
  }

  userRemovesBot(from: FakeTelegramUser, chat?: FakeTelegramChat): void {
    const state = this.#network.chat(chat?.id ?? from.id);
    state.closedBecause =
      state.chat.type === 'private'
        ? 'Forbidden: bot was blocked by the user'
        : `Forbidden: bot was kicked from the ${state.chat.type} chat`;
    this.#botMoves(state, from, 'left');
  }

  memberMoves(chat: FakeTelegramChat, member: FakeTelegramUser, what: 'joins' | 'leaves'): void {
    const moved = what === 'joins' ? { new_chat_members: [member] } : { left_chat_member: member };
    const state = this.#network.chat(chat.id);
    this.#publish(this.#network.write(state, { from: member, ...moved }));
  }

  migrateGroup(chat: FakeTelegramChat, by: FakeTelegramUser): FakeTelegramChat {
    const old = this.#network.chat(chat.id);
    const fresh: Chat = {
      id: -1_000_000_000_000 - this.#network.newId(),
      type: 'supergroup',
      title: old.chat.title ?? '',
    };
    const state = this.#network.addChat(fresh, old.open);
    old.migratedTo = fresh.id;
    const write = (where: ChatState, what: Partial<Message>) =>
      this.#publish(this.#network.write(where, { from: by, ...what }));
    write(old, { migrate_to_chat_id: fresh.id });
    write(state, { migrate_from_chat_id: old.chat.id });
    return fresh;
  }
}

/** The people of a network. */
export function createPeople(network: Network): FakeTelegramPeople {
  return new People(network);
}
