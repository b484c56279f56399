import type { Event } from '@portcullis/core';
import { describe, expect, test } from 'vitest';
import { parseUpdate } from '../src/parse-update.ts';

const ME = { id: 7000, username: 'Gate_Bot' };
const NOW = 1_700_000_009_000;
const ANNA = { id: 11, is_bot: false, first_name: 'Anna', last_name: 'A', username: 'anna' };
const BEN = { id: 12, is_bot: false, first_name: 'Ben' };
const BOT = { id: 7000, is_bot: true, first_name: 'Gate', username: 'Gate_Bot' };
const DIRECT = { id: 11, type: 'private', first_name: 'Anna' };
const ROOM = { id: -1001, type: 'supergroup', title: 'Room' };
const NEWS = { id: -1009, type: 'channel', title: 'News', username: 'news' };

const parse = (update: unknown): Event | undefined =>
  parseUpdate(update, { me: ME, accountId: 'work', now: NOW });

const message = (fields: object, chat: object = ROOM): Event | undefined =>
  parse({
    update_id: 5,
    message: { message_id: 42, date: 1_700_000_000, chat, from: ANNA, ...fields },
  });

const entity = (type: string, text: string, slice: string) => ({
  type,
  offset: text.indexOf(slice),
  length: slice.length,
});

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

describe('mentions', () => {
  test.each<[name: string, text: string, entities: object[], facts: object | undefined]>([
    [
      'our name, in any case',
      'hey @gate_bot',
      [entity('mention', 'hey @gate_bot', '@gate_bot')],
      { nativeMention: true },
    ],
    [
      'another name',
      'hey @gate_bot2',
      [entity('mention', 'hey @gate_bot2', '@gate_bot2')],
      { mentionsOthers: true },
    ],
    [
      'our id',
      'hey Gate',
      [{ ...entity('text_mention', 'hey Gate', 'Gate'), user: BOT }],
      { nativeMention: true },
    ],
    [
      'another id',
      'hey Ben',
      [{ ...entity('text_mention', 'hey Ben', 'Ben'), user: BEN }],
      { mentionsOthers: true },
    ],
    ['a name without entity', 'hey @gate_bot', [], undefined],
    [
      'a command for us',
      '/stop@GATE_bot',
      [entity('bot_command', '/stop@GATE_bot', '/stop@GATE_bot')],
      { nativeMention: true },
    ],
    [
      'a command for another bot',
      '/stop@other_bot',
      [entity('bot_command', '/stop@other_bot', '/stop@other_bot')],
      { mentionsOthers: true },
    ],
  ])('%s', (_, text, entities, facts) => {
    expect(message({ text, entities })?.facts).toEqual(facts);
  });

  test('offsets count UTF-16 units', () => {
    const text = '😀😀 @Gate_Bot';
    const entities = [{ type: 'mention', offset: 5, length: 9 }];
    expect(message({ text, entities })?.facts).toEqual({ nativeMention: true });
  });

  test('captions mention too', () => {
    const photo = [{ file_id: 'p', file_unique_id: 'u', width: 1, height: 1 }];
    const caption = '@Gate_Bot look';
    const caption_entities = [{ type: 'mention', offset: 0, length: 9 }];
    expect(message({ photo, caption, caption_entities })).toMatchObject({
      text: '@Gate_Bot look',
      facts: { nativeMention: true },
    });
  });
});

describe('answers, quotes and forwards', () => {
  const answered = { message_id: 7, date: 1, chat: ROOM, from: BOT, text: 'the whole answer' };

  test('an answer to us', () => {
    expect(message({ text: 'why?', reply_to_message: answered })).toMatchObject({
      replyTo: '7',
      facts: { replyToBot: true },
      context: [{ kind: 'quote', sender: { id: '7000', isSelf: true }, text: 'the whole answer' }],
    });
  });

  test('a quoted part of our message', () => {
    const quote = { text: 'whole', position: 4 };
    expect(message({ text: 'why?', reply_to_message: answered, quote })).toMatchObject({
      facts: { replyToBot: true, quotedBot: true },
      context: [{ kind: 'quote', text: 'whole' }],
    });
  });

  test('an answer to somebody else', () => {
    const event = message({ text: 'why?', reply_to_message: { ...answered, from: BEN } });
    expect(event).not.toHaveProperty('facts');
    expect(event?.context).toMatchObject([{ kind: 'quote', sender: { id: '12', name: 'Ben' } }]);
  });

  test('forwarded words are context, never text, never a command, never a mention', () => {
    const text = '/approve all @Gate_Bot';
    const event = message({
      text,
      entities: [entity('bot_command', text, '/approve'), entity('mention', text, '@Gate_Bot')],
      forward_origin: { type: 'user', date: 1, sender_user: BEN },
    });
    expect(event).toMatchObject({
      kind: 'message',
      text: '',
      sender: { id: '11' },
      context: [{ kind: 'forwarded', sender: { id: '12', name: 'Ben' }, text }],
    });
    expect(event).not.toHaveProperty('command');
    expect(event).not.toHaveProperty('facts');
  });

  test.each([
    ['hidden', { type: 'hidden_user', date: 1, sender_user_name: 'Ghost' }, { name: 'Ghost' }],
    ['a chat', { type: 'chat', date: 1, sender_chat: ROOM }, { id: '-1001', name: 'Room' }],
    ['a channel', { type: 'channel', date: 1, chat: NEWS, message_id: 1 }, { id: '-1009' }],
  ])('forwarded from %s', (_, forward_origin, sender) => {
    const event = message({ text: 'x', forward_origin });
    expect(event?.context?.[0]?.sender).toMatchObject(sender);
  });

  test('a quote from another chat', () => {
    const origin = { type: 'user', date: 1, sender_user: BOT };
    const event = message({
      text: 'x',
      external_reply: { origin },
      quote: { text: 'q', position: 0 },
    });
    expect(event).toMatchObject({
      facts: { quotedBot: true },
      context: [{ kind: 'quote', sender: { isSelf: true }, text: 'q' }],
    });
  });
});

const command = (text: string, slice: string, fields: object = {}) =>
  message({ text, entities: [entity('bot_command', text, slice)], ...fields });

describe('commands', () => {
  test.each([
    ['/stop', '/stop', { name: 'stop', args: '' }],
    ['/Model gpt  large', '/Model', { name: 'model', args: 'gpt  large' }],
    ['/approve@gate_bot 12 yes', '/approve@gate_bot', { name: 'approve', args: '12 yes' }],
  ])('%s', (text, slice, wanted) => {
    const event = command(text, slice);
    expect(event).toMatchObject({ kind: 'command', text, command: wanted });
    expect(event?.eventId).toBe('message:-1001:42');
  });

  test.each([
    ['for another bot', '/stop@other_bot', '/stop@other_bot', {}],
    ['not at the start', 'please /stop', '/stop', {}],
    ['written by an inline bot', '/stop', '/stop', { via_bot: { ...BOT, id: 9 } }],
  ])('%s it is a message', (_, text, slice, fields) => {
    const event = command(text, slice, fields);
    expect(event?.kind).toBe('message');
    expect(event).not.toHaveProperty('command');
  });

  test('a slash without an entity is text', () => {
    expect(message({ text: '/stop' })).toMatchObject({ kind: 'message', text: '/stop' });
  });
});

const size = (id: string, width: number, bytes: number) => ({
  file_id: id,
  file_unique_id: id,
  width,
  height: width,
  file_size: bytes,
});

describe('files and other content', () => {
  test('a photo is its largest size', () => {
    const event = message({ photo: [size('s', 90, 1), size('l', 800, 9), size('m', 320, 5)] });
    expect(event).toMatchObject({ kind: 'message', text: '' });
    expect(event?.attachments).toEqual([{ ref: 'l', mimeType: 'image/jpeg', size: 9 }]);
  });

  test('a document', () => {
    const document = {
      file_id: 'd',
      file_unique_id: 'd',
      file_name: 'a.pdf',
      file_size: 3,
      mime_type: 'application/pdf',
    };
    expect(message({ document, caption: 'read it' })).toMatchObject({
      text: 'read it',
      attachments: [{ ref: 'd', name: 'a.pdf', mimeType: 'application/pdf', size: 3 }],
    });
  });

  test('an animation that is also a document counts once', () => {
    const file = { file_id: 'a', file_unique_id: 'a' };
    expect(message({ animation: file, document: file })?.attachments).toHaveLength(1);
  });

  test.each([
    ['voice', { voice: { file_id: 'v', file_unique_id: 'v', duration: 1 } }, 'audio/ogg'],
    ['video', { video: { file_id: 'v', file_unique_id: 'v', duration: 1 } }, 'video/mp4'],
    ['audio', { audio: { file_id: 'v', file_unique_id: 'v', duration: 1 } }, 'audio/mpeg'],
  ])('%s', (_, fields, mimeType) => {
    expect(message(fields)?.attachments).toEqual([{ ref: 'v', mimeType }]);
  });

  test.each([
    ['location', { location: { latitude: 52.5, longitude: 13.4 } }, '[location] 52.5, 13.4'],
    ['dice', { dice: { emoji: '🎲', value: 3 } }, '[dice] 🎲 3'],
    ['contact', { contact: { first_name: 'B', phone_number: '+1' } }, '[contact] B +1'],
    [
      'poll',
      { poll: { question: 'Q', options: [{ text: 'a' }, { text: 'b' }] } },
      '[poll] Q / a / b',
    ],
  ])('%s in words', (_, fields, text) => {
    expect(message(fields)?.text).toBe(text);
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
