import { describe, expect, test } from 'vitest';
import { BEN, BOT, entity, message, NEWS, ROOM } from './updates.ts';

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

describe('who and where', () => {
  test.each([
    ['name', { first_name: '11' }],
    ['username', { username: '11' }],
    ['both names', { first_name: '1', last_name: '1', username: 'anna' }],
  ])('P14.01: somebody whose %s is the id of another is still themselves', (_, names) => {
    const event = message({
      from: { id: 99, is_bot: false, first_name: 'x', ...names },
      text: 'hi',
    });
    expect(event?.sender.id).toBe('99');
  });

  test('P14.03: who writes as a room has its negative id, which is nobody in a list of people', () => {
    const sender_chat = { id: -1001, type: 'supergroup', title: 'Room' };
    const from = { id: 1_087_968_824, is_bot: true, first_name: 'Group' };
    expect(message({ from, sender_chat, text: 'hi' })?.sender.id).toBe('-1001');
    expect(message({ from, text: 'hi' })?.sender.id).toBeUndefined();
  });

  test('P12.02: equal message ids of two chats are two events', () => {
    const [one, other] = [ROOM, NEWS].map((chat) => message({ text: 'hi' }, chat)?.eventId);
    expect(one).not.toBe(other);
  });
});
