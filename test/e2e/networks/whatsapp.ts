/** WhatsApp, through Baileys: a number of its own for each account. */
import tls from 'node:tls';

import whatsapp from '@portcullis/channels-whatsapp';
import {
  type FakeWhatsApp,
  type WhatsAppGroup,
  type WhatsAppMessageReceipt,
  type WhatsAppPerson,
  fakeWhatsApp,
} from '@portcullis/testkit/fake-whatsapp';
import { Curve, WA_CERT_DETAILS } from 'baileys';

import type { Account, Call, Network, Person, Room } from './network.ts';

interface People {
  readonly byId: ReadonlyMap<string, ReadonlyMap<FakeWhatsApp, WhatsAppPerson>>;
}

function createAccount(fake: FakeWhatsApp, { byId }: People): Account {
  const groups = new Map<string, WhatsAppGroup>();
  let last: WhatsAppMessageReceipt | undefined;
  const somebody = fake.addPerson({ name: 'Founder' });
  const personOf = ({ id }: Person): WhatsAppPerson => {
    const person = byId.get(id)?.get(fake);
    if (person === undefined) throw new Error(`${id} is nobody`);
    return person;
  };
  const roomBy = (by: WhatsAppPerson): Room => {
    const group = fake.addGroup({ name: 'Family', members: [by], by });
    groups.set(group.jid, group);
    return { id: group.jid, listed: { groups: { allowlist: [group.jid] } } };
  };
  return {
    options: { socketUrl: fake.url, version: fake.version },
    room: () => roomBy(somebody),
    addedTo: (by) => roomBy(personOf(by)),
    say: (from, text, { room, mention = false, file } = {}) => {
      const group = room === undefined ? undefined : groups.get(room.id);
      const place = fake.personSends({
        from: personOf(from),
        text,
        ...(group === undefined ? {} : { to: group }),
        ...(mention ? { mentions: ['account' as const] } : {}),
        ...(file === undefined
          ? {}
          : {
              file: {
                kind: 'document' as const,
                name: 'a.txt',
                mimeType: 'text/plain',
                bytes: new Uint8Array(file),
              },
            }),
      });
      last = place;
      return { from, place };
    },
    edit: ({ from, place }, text) => {
      fake.personEdits({ from: personOf(from), message: place as WhatsAppMessageReceipt, text });
    },
    react: (from, { place }) => {
      const message = place as WhatsAppMessageReceipt;
      fake.personReacts({ from: personOf(from), message, emoji: '👍' });
    },
    sentTo: (place) => {
      const chat = groups.get(place.id) ?? personOf(place);
      return fake.sentTo(chat).map(({ text }) => text);
    },
    hasLeft: ({ id }) => fake.leftGroups.includes(id),
    downloads: () => fake.requests.filter(({ method }) => method === 'GET').length,
    trouble: {
      lost: () => fake.dropConnections(),
      repeated: () => {
        if (last !== undefined) fake.redeliver(last);
      },
    },
  };
}

/** Scans the code of an account with its phone, as its owner does. */
async function linkAccount(call: Call, fake: FakeWhatsApp, accountId: string): Promise<void> {
  const login = async (method: string) =>
    (await call(method, { accountId, timeoutMs: 20_000 })) as { qr?: string; connected: boolean };
  const { qr = '' } = await login('web.login.start');
  await fake.scan(qr);
  const { connected } = await login('web.login.wait');
  if (!connected) throw new Error(`${accountId} was not linked`);
}

/** Opens WhatsApp: a number of its own for each account, each linked by a scanned code. */
export async function openWhatsApp(count: number): Promise<Network> {
  const trustRoot = Curve.generateKeyPair();
  const before = WA_CERT_DETAILS.PUBLIC_KEY;
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(trustRoot.public);
  const fakes = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      fakeWhatsApp({ trustRoot, phone: `+1555000010${String(index)}` }),
    ),
  );
  // One media host is enough, and the certificates of two bear the same name.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), fakes[0]?.caPem ?? '']);
  const byId = new Map<string, ReadonlyMap<FakeWhatsApp, WhatsAppPerson>>();
  return {
    channel: 'whatsapp',
    plugin: whatsapp,
    dropsRepeats: true,
    accounts: fakes.map((fake) => createAccount(fake, { byId })),
    anyRoom: { groups: { '*': { requireMention: true } } },
    noRoom: { groupPolicy: 'disabled' },
    ...(fakes.length > 1
      ? {}
      : {
          launch: {
            preload: '@portcullis/testkit/fake-whatsapp/trust',
            variables: fakes[0]?.trustEnvironment ?? {},
          },
        }),
    person: (name) => {
      const phone = `+1555100${String(1000 + byId.size)}`;
      const lid = `${String(900_000_000_100_000 + byId.size)}@lid`;
      byId.set(phone, new Map(fakes.map((fake) => [fake, fake.addPerson({ phone, name, lid })])));
      return { id: phone };
    },
    link: async (call, names) => {
      await Promise.all(fakes.map((fake, index) => linkAccount(call, fake, names[index] ?? '')));
    },
    connected: async () => {
      await Promise.all(fakes.map((fake) => fake.waitForLogin(15_000)));
    },
    close: async () => {
      WA_CERT_DETAILS.PUBLIC_KEY = before;
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}
