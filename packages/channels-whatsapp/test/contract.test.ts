import type { AttachmentRef, Channel } from '@portcullis/core';
import {
  type ChannelBench,
  type ChannelBenchTools,
  describeChannel,
  type RoomMessage,
  type SendFault,
  type SentMessage,
} from '@portcullis/testkit';
import type {
  FakeWhatsApp,
  WhatsAppFault,
  WhatsAppGroup,
  WhatsAppMessageReceipt,
  WhatsAppPerson,
} from '@portcullis/testkit/fake-whatsapp';
import { expect } from 'vitest';
import { createWhatsAppChannel } from '../src/index.ts';
import { FAST, link, openFake, testAccount } from './bench.ts';

const FAULTS: Readonly<Record<Exclude<SendFault, 'unreachable'>, WhatsAppFault>> = {
  'rate-limited': { error: 429 },
  'answer-lost': 'accept-then-reset',
  'server-fault': { error: 500 },
};

interface Cast {
  readonly people: Record<'first' | 'second', WhatsAppPerson>;
  readonly room: WhatsAppGroup;
}

function castOf(whatsapp: FakeWhatsApp): Cast {
  const first = whatsapp.addPerson({ name: 'Anna' });
  const second = whatsapp.addPerson({ name: 'Ben' });
  return { people: { first, second }, room: whatsapp.addGroup({ members: [first, second] }) };
}

type PeopleMembers =
  | 'receive'
  | 'receiveOwn'
  | 'receiveFile'
  | 'receiveEdit'
  | 'receiveReaction'
  | 'receiveCommand'
  | 'receiveForward'
  | 'receiveInRoom'
  | 'redeliver'
  | 'identity'
  | 'rename';

/** Files the channel told of: their references are closed to everybody else. */
type Files = AttachmentRef[];

function watched(channel: Channel, files: Files): Channel {
  return {
    ...channel,
    run: (inbox, signal) =>
      channel.run(
        {
          accept: async (event) => {
            files.push(...(event.attachments ?? []));
            return await inbox.accept(event);
          },
        },
        signal,
      ),
  };
}

function people(
  whatsapp: FakeWhatsApp,
  cast: Cast,
  files: Files,
): Required<Pick<ChannelBench, PeopleMembers>> {
  const from = () => cast.people.first;
  let last: WhatsAppMessageReceipt | undefined;
  const note = (receipt: WhatsAppMessageReceipt) => {
    last = receipt;
  };
  const ours = (id: string) => ({ id, chat: from().jid });
  return {
    receive: async (chat, text) => note(whatsapp.personSends({ from: cast.people[chat], text })),
    receiveOwn: async (text) => note(whatsapp.ownPhoneSends({ to: from(), text })),
    receiveFile: async (size) => {
      const bytes = new Uint8Array(size);
      note(
        whatsapp.personSends({ from: from(), file: { kind: 'document', name: 'a.bin', bytes } }),
      );
      await expect.poll(() => files).not.toEqual([]);
      return files.at(-1) ?? { ref: '' };
    },
    receiveEdit: async (before, after) => {
      const message = whatsapp.personSends({ from: from(), text: before });
      note(whatsapp.personEdits({ from: from(), message, text: after }));
    },
    receiveReaction: async (id, emoji) =>
      note(whatsapp.personReacts({ from: from(), message: ours(id), emoji })),
    receiveCommand: async (name, args) =>
      note(whatsapp.personSends({ from: from(), text: `/${name} ${args}` })),
    receiveForward: async (text) =>
      note(whatsapp.personSends({ from: from(), text, forwarded: true })),
    receiveInRoom: async ({ text, mention, replyTo }: RoomMessage) => {
      const who = mention === 'us' ? ('account' as const) : cast.people.second;
      note(
        whatsapp.personSends({
          from: from(),
          to: cast.room,
          text,
          ...(mention === undefined ? {} : { mentions: [who] }),
          ...(replyTo === undefined ? {} : { replyTo: { id: replyTo, chat: cast.room.jid } }),
        }),
      );
    },
    redeliver: async () => {
      if (last !== undefined) whatsapp.redeliver(last);
    },
    identity: (chat) => cast.people[chat].phone,
    rename: async (chat, name) => {
      cast.people[chat] = { ...cast.people[chat], name };
    },
  };
}

/** What a reader sees of a text: WhatsApp's markers show as bold, italics and so on. */
function shown(text: string): string {
  const marked = /(?<![\p{L}\p{N}\u2060])([*_~])(?=\S)([^*_~\n]+?)(?<=\S)\1(?![\p{L}\p{N}])/gu;
  return text.replaceAll('\u0060', '').replaceAll(marked, '$2').replaceAll('\u2060', '');
}

function lastSent(whatsapp: FakeWhatsApp): SentMessage | undefined {
  const sent = whatsapp.sent.at(-1);
  if (sent === undefined) return undefined;
  const { id, text, file, linkPreview, mentions } = sent;
  return {
    id,
    text: shown(text),
    preview: linkPreview,
    pings: mentions,
    ...(file === undefined
      ? {}
      : { file: { name: file.name ?? '', bytes: new Uint8Array(file.bytes) } }),
  };
}

async function openBench({ log }: ChannelBenchTools): Promise<ChannelBench> {
  const whatsapp = await openFake();
  const account = testAccount(whatsapp);
  const channel = await createWhatsAppChannel({ ...account, log }, FAST);
  // A group made after the link would tell us so.
  const cast = castOf(whatsapp);
  const files: Files = [];
  await link(channel, whatsapp);
  const place = { channel: 'whatsapp', accountId: 'default' } as const;
  const secrets = () =>
    [...account.credentials.rows.values()].flatMap(
      (value) => value.match(/[\w+/]{40,44}=/gu) ?? [],
    );
  return {
    channel: watched(channel, files),
    sendsWhileRunning: true,
    hidesBots: true,
    secrets: secrets(),
    conversation: { ...place, kind: 'direct', id: cast.people.first.phone },
    goneConversation: { ...place, kind: 'direct', id: '+15559999999' },
    room: { ...place, kind: 'group', id: cast.room.jid },
    ourName: 'Gate',
    pings: ['@15550000002', '@everyone', '@all'],
    ...people(whatsapp, cast, files),
    downloads: () => whatsapp.requests.filter(({ method }) => method === 'GET').length,
    seen: () => whatsapp.receipts.filter(({ type }) => type === 'read').flatMap(({ ids }) => ids),
    unacknowledged: () => whatsapp.unacknowledged.length,
    sent: () => whatsapp.sent.map(({ text }) => shown(text)),
    lastSent: () => lastSent(whatsapp),
    typing: () => whatsapp.presences.filter(({ state }) => state === 'composing').length,
    failNextSend: async (fault) => {
      if (fault === 'unreachable') await whatsapp.down();
      else whatsapp.fail('message', 1, FAULTS[fault]);
    },
    heal: async () => {
      whatsapp.clearFaults();
      await whatsapp.up();
    },
    dropConnections: async () => whatsapp.dropConnections(),
    stall: async () => whatsapp.stall(),
    connections: () => (whatsapp.connected ? 1 : 0),
    revoke: async () => whatsapp.unlink(),
    close: async () => await whatsapp.close(),
  };
}

describeChannel('whatsapp', openBench);
