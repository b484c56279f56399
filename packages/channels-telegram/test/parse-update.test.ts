import { describe, expect, test } from 'vitest';
import { ANNA, BEN, BOT, DIRECT, message, NEWS, NOW, parse, ROOM } from './updates.ts';

describe('where and who', () => {
  test('a private message', () => {
    expect(message({ text: 'hi' }, DIRECT)).toEqual({
      kind: 'message',
      eventId: 'message:11:42',
      conversation: { channel: 'telegram', accountId: 'work', kind: 'direct', id: '11' },
      sender: { id: '11', username: 'anna', name: 'Anna A' },
      at: 1_700_000_000_000,
      messageId: '42',
      text: 'hi',
    });
  });

  test.each([
    ['group', { id: -5, type: 'group', title: 'G' }, { kind: 'group', id: '-5' }],
    ['supergroup', ROOM, { kind: 'group', id: '-1001' }],
    ['channel', NEWS, { kind: 'channel', id: '-1009' }],
  ])('a %s is a room', (_, chat, conversation) => {
    expect(message({ text: 'x' }, chat)?.conversation).toMatchObject(conversation);
  });

  test('a kind of chat we do not know is no event', () => {
    expect(message({ text: 'x' }, { id: 1, type: 'hologram' })).toBeUndefined();
  });

  test.each([
    [{ id: 11, type: 'supergroup', title: 'G' }],
    [{ id: 11, type: 'channel', title: 'C' }],
    [{ id: -1001, type: 'private', first_name: 'A' }],
    [{ id: 0, type: 'private', first_name: 'A' }],
    [{ id: 11, type: 'Private', first_name: 'A' }],
  ])('P17.04: a chat whose id is not of its kind is no event: %j', (chat) => {
    expect(message({ text: 'x' }, chat)).toBeUndefined();
  });

  test('a topic is part of the place; the message that opened it is not an answer', () => {
    const event = message({
      text: 'x',
      is_topic_message: true,
      message_thread_id: 30,
      reply_to_message: { message_id: 30, date: 1, chat: ROOM, from: BOT, text: 'topic' },
    });
    expect(event?.conversation).toMatchObject({ id: '-1001', topicId: '30' });
    expect(event).not.toHaveProperty('replyTo');
    expect(event).not.toHaveProperty('facts');
    expect(event).not.toHaveProperty('context');
  });

  test.each([
    ['an anonymous admin', { id: 1_087_968_824 }, ROOM, '-1001'],
    ['a channel in a group', { id: 136_817_688 }, NEWS, '-1009'],
    ['an automatic forward', { id: 777_000 }, NEWS, '-1009'],
  ])('%s is the chat, never the account behind it', (_, from, sender_chat, id) => {
    const event = message({
      text: 'x',
      from: { is_bot: true, first_name: 'T', ...from },
      sender_chat,
    });
    expect(event?.sender.id).toBe(id);
    expect(event?.sender).not.toHaveProperty('isBot');
  });

  test.each([1_087_968_824, 136_817_688, 777_000])('%d alone is nobody', (id) => {
    const event = message({ text: 'x', from: { id, is_bot: true, first_name: 'T' } });
    expect(event?.sender).not.toHaveProperty('id');
  });

  test('a positive id of a sender chat is nobody', () => {
    const event = message({ text: 'x', sender_chat: { id: 11, type: 'private', first_name: 'A' } });
    expect(event?.sender).not.toHaveProperty('id');
  });

  test('other bots and ourselves are marked', () => {
    expect(message({ text: 'x', from: { ...BOT, id: 8 } })?.sender).toMatchObject({
      id: '8',
      isBot: true,
    });
    expect(message({ text: 'x', from: BOT })?.sender).toMatchObject({ isSelf: true, isBot: true });
  });

  test('a channel post is written by the channel', () => {
    const channel_post = { message_id: 3, date: 1, chat: NEWS, sender_chat: NEWS, text: 'news' };
    expect(parse({ update_id: 5, channel_post })).toMatchObject({
      kind: 'message',
      conversation: { kind: 'channel', id: '-1009' },
      sender: { id: '-1009', username: 'news', name: 'News' },
    });
  });
});

describe('other kinds', () => {
  test('an edit has an id of its own and never commands', () => {
    const edited = { message_id: 42, date: 100, edit_date: 200, chat: ROOM, from: ANNA };
    const fields = { text: '/stop', entities: [{ type: 'bot_command', offset: 0, length: 5 }] };
    const event = parse({ update_id: 6, edited_message: { ...edited, ...fields } });
    expect(event).toMatchObject({
      kind: 'edit',
      eventId: 'edit:-1001:42:200:6',
      at: 200_000,
      messageId: '42',
      text: '/stop',
    });
    expect(event).not.toHaveProperty('command');
  });

  test('a pressed button', () => {
    const pressed = { message_id: 9, date: 1, chat: ROOM, from: BOT, text: 'sure?' };
    const callback_query = {
      id: '77',
      from: ANNA,
      chat_instance: '1',
      data: 'yes',
      message: pressed,
    };
    expect(parse({ update_id: 6, callback_query })).toEqual({
      kind: 'button',
      eventId: 'button:77',
      conversation: { channel: 'telegram', accountId: 'work', kind: 'group', id: '-1001' },
      sender: { id: '11', username: 'anna', name: 'Anna A' },
      at: NOW,
      messageId: '9',
      button: { data: 'yes' },
    });
  });

  test('a reaction, by a person and by a chat', () => {
    const reaction = { chat: ROOM, message_id: 9, date: 300, old_reaction: [] };
    const new_reaction = [{ type: 'emoji', emoji: '👍' }];
    const by = (who: object) =>
      parse({ update_id: 6, message_reaction: { ...reaction, new_reaction, ...who } });
    expect(by({ user: ANNA })).toMatchObject({
      kind: 'reaction',
      eventId: 'reaction:-1001:9:300:6',
      sender: { id: '11' },
      text: '👍',
      messageId: '9',
    });
    expect(by({ actor_chat: NEWS })?.sender.id).toBe('-1009');
  });

  test.each([
    ['added to a room', ROOM, 'left', 'member', 'join'],
    ['made admin', ROOM, 'member', 'administrator', 'member'],
    ['removed', ROOM, 'member', 'kicked', 'member'],
    ['blocked by a person', DIRECT, 'member', 'kicked', 'member'],
    ['unblocked by a person', DIRECT, 'kicked', 'member', 'member'],
  ])('%s', (_, chat, before, after, kind) => {
    const my_chat_member = {
      chat,
      from: ANNA,
      date: 400,
      old_chat_member: { status: before, user: BOT },
      new_chat_member: { status: after, user: BOT },
    };
    const event = parse({ update_id: 6, my_chat_member });
    expect(event).toMatchObject({ kind, sender: { id: '11' }, at: 400_000 });
    expect(event?.text).toBe(`bot: ${before} -> ${after}`);
  });

  test.each([
    ['joined', { new_chat_members: [BEN] }, 'member', 'joined: 12'],
    ['left', { left_chat_member: BEN }, 'member', 'left: 12'],
    ['became a supergroup', { migrate_to_chat_id: -1002 }, 'member', 'became -1002'],
    ['was a group', { migrate_from_chat_id: -5 }, 'join', 'was -5'],
  ])('%s', (_, fields, kind, text) => {
    expect(message(fields)).toMatchObject({ kind, text });
  });

  test('a pin is about the pinned message', () => {
    const pinned_message = { message_id: 3, date: 1, chat: ROOM, text: 'x' };
    expect(message({ pinned_message })).toMatchObject({ kind: 'pin', messageId: '3' });
  });

  test.each([
    [
      'a renamed topic',
      { message: { message_id: 1, date: 1, chat: ROOM, forum_topic_edited: {} } },
    ],
    ['an unknown kind', { hologram: { id: 1 } }],
    ['an inline query', { inline_query: { id: '1', from: ANNA, query: 'x', offset: '' } }],
    ['a button without message', { callback_query: { id: '1', from: ANNA, data: 'x' } }],
  ])('%s is no event', (_, fields) => {
    expect(parse({ update_id: 6, ...fields })).toBeUndefined();
  });

  test.each([undefined, null, 5, 'x', [], {}, { update_id: 'x' }])('%j is no update', (value) => {
    expect(parse(value)).toBeUndefined();
  });
});
