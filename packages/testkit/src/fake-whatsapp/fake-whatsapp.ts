/**
 * An in-process WhatsApp on 127.0.0.1, chat and media, faithful enough that an unmodified Baileys
 * cannot tell: the handshake, the linking and the encryption are the real ones.
 *
 * @module
 */
import { Curve, DEFAULT_CONNECTION_CONFIG, type KeyPair } from 'baileys';
import { Watch } from '../watch.ts';
import { issueIdentity, type ServerIdentity } from './wire/certificates.ts';
import type {
  FakeWhatsApp,
  FakeWhatsAppFaults,
  FakeWhatsAppOptions,
  FakeWhatsAppPeople,
  FakeWhatsAppSights,
} from './controls.ts';
import { Delivery } from './delivery.ts';
import { Faults } from './faults.ts';
import { Front } from './front.ts';
import { MediaServer } from './media/media-server.ts';
import { MediaStore } from './media/media-store.ts';
import { Network } from './network.ts';
import { Outgoing } from './outgoing.ts';
import { People } from './people.ts';
import type { WhatsAppPerson, WhatsAppRequest } from './records.ts';
import { ChatServer } from './wire/chat-server.ts';
import { Session } from './session.ts';
import { CA_VARIABLE, ROOT_VARIABLE } from './trust-variables.ts';
import { Writing } from './writing.ts';

function personOf(phone: string, name: string, lid: string): WhatsAppPerson {
  return { phone, name, jid: `${phone.replace('+', '')}@s.whatsapp.net`, lid };
}

class Fake {
  readonly root: KeyPair;
  readonly network: Network;
  readonly faults: Faults = new Faults();
  readonly watch: Watch = new Watch();
  readonly delivery: Delivery = new Delivery();
  readonly requests: WhatsAppRequest[] = [];
  readonly leftGroups: string[] = [];
  readonly store: MediaStore;
  readonly media: MediaServer;
  readonly outgoing: Outgoing;
  readonly writing: Writing;
  readonly people: People;
  readonly session: Session;
  readonly front: Front;
  readonly server: ChatServer;
  readonly #genuine: ServerIdentity;

  constructor(options: FakeWhatsAppOptions) {
    const { phone = '+15550000001', name = 'Gate', deliveryReceipts = true } = options;
    this.root = options.trustRoot ?? Curve.generateKeyPair();
    this.#genuine = issueIdentity(this.root);
    this.network = new Network(personOf(phone, name, '900000000000001@lid'));
    const seen = (request: WhatsAppRequest) => {
      this.requests.push(request);
      this.watch.changed();
    };
    this.store = new MediaStore(() => this.media.host);
    this.media = new MediaServer(this.store, this.faults, seen);
    this.outgoing = new Outgoing(this.network, this.store);
    this.writing = new Writing(this.network, this.delivery);
    const { network, outgoing, store, writing } = this;
    this.people = new People({
      network,
      writing,
      outgoing,
      store,
      live: (stanza) => this.front.current?.send(stanza),
    });
    this.session = new Session({
      ground: {
        network,
        mediaHost: () => this.media.host,
        forged: () => this.faults.forgeries.has('forged-prekey'),
        unlinked: () => this.unlink(),
        leftGroup: (group) => {
          group.hasAccount = false;
          this.leftGroups.push(group.jid);
        },
      },
      delivery: this.delivery,
      outgoing,
      writing,
      faults: this.faults,
      delivered: (to, id, chat) => {
        if (deliveryReceipts) this.people.confirmDelivery(to, id, chat);
      },
      changed: () => this.watch.changed(),
    });
    this.front = new Front(network.account, this.faults, {
      loggedIn: (connection) => {
        this.delivery.connected(connection);
        this.watch.changed();
      },
      received: (connection, stanza) => this.session.received(connection, stanza),
      left: () => this.watch.changed(),
    });
    this.server = new ChatServer(() => this.#identity(), this.front, seen);
  }

  /** The device is linked no more. */
  unlink(): void {
    this.network.account.device = undefined;
    this.delivery.clear();
    this.front.end(401);
  }

  #identity(): ServerIdentity {
    const { forgeries } = this.faults;
    if (forgeries.has('foreign-root')) return issueIdentity(Curve.generateKeyPair());
    if (forgeries.has('forged-leaf')) return issueIdentity(this.root, Curve.generateKeyPair());
    if (forgeries.has('copied-chain')) return { ...this.#genuine, keys: Curve.generateKeyPair() };
    return this.#genuine;
  }
}

function createSights(fake: Fake): FakeWhatsAppSights {
  const { delivery, front, outgoing, session } = fake;
  return {
    sent: outgoing.sent,
    reactions: outgoing.reactions,
    receipts: session.receipts,
    presences: session.presences,
    leftGroups: fake.leftGroups,
    requests: fake.requests,
    nacks: session.nacks,
    stanzas: session.stanzas,
    get unacknowledged() {
      return [...delivery.waiting, ...fake.writing.underway];
    },
    get logins() {
      return front.logins;
    },
    get linked() {
      return fake.network.account.device !== undefined;
    },
    get connected() {
      return front.current !== undefined;
    },
  };
}

function createFaults(fake: Fake): FakeWhatsAppFaults {
  const { delivery, faults, front, media, server, writing } = fake;
  return {
    fail: (operation, times, fault) => faults.add(operation, times, fault),
    clearFaults: () => faults.clear(),
    forge: (forgery) => {
      faults.forgeries.add(forgery);
    },
    requireVersion: (version) => {
      faults.version = version;
    },
    dropConnections: () => server.each((connection) => connection.cut()),
    stall: () =>
      server.each((connection) => {
        connection.stalled = true;
      }),
    endStream: (code) => (code === 401 ? fake.unlink() : front.end(code)),
    redeliver: ({ id }, how = 'encrypted anew') =>
      how === 'as it was' ? writing.repeat(id) : writing.writeAgain(id, '1'),
    hold: () => {
      writing.inTurn(() => delivery.hold());
      return (order) => writing.inTurn(() => delivery.release(order));
    },
    deliver: (stanza) => fake.front.current?.send(stanza),
    down: async () => {
      await server.stop();
      await media.stop();
    },
    up: async () => {
      await media.start();
      await server.start();
    },
  };
}

type Setup = Pick<FakeWhatsApp, 'addPerson' | 'addGroup' | 'addMedia'>;

function createSetup({ network, people, store }: Fake): Setup {
  let count = 1;
  return {
    addPerson({ phone, name, lid } = {}) {
      count += 1;
      const number = phone ?? `+1555${String(count).padStart(7, '0')}`;
      const hidden = lid ?? `9${String(count).padStart(14, '0')}@lid`;
      return network.add(personOf(number, name ?? `Person ${count}`, hidden));
    },
    addGroup({ name = 'A group', members = [], addressing = 'lid', by } = {}) {
      const actor = by ?? members[0] ?? network.account.owner;
      const group = network.addGroup(name, addressing, members, actor);
      if (network.account.device !== undefined) people.addsAccount(group, actor);
      return { jid: group.jid, name, addressing };
    },
    addMedia: ({ bytes, kind = 'image' }) => store.add(bytes, kind),
  };
}

type Waits = Pick<FakeWhatsApp, 'sentTo' | 'waitForLogin' | 'waitForSent' | 'waitFor'>;

function createWaits({ watch, front, delivery, outgoing }: Fake): Waits {
  const { sent } = outgoing;
  return {
    sentTo: (chat) =>
      sent.filter(({ to }) => to === chat.jid || ('lid' in chat && to === chat.lid)),
    async waitForLogin(timeoutMs = 5000) {
      await watch.until(
        () => front.current !== undefined && delivery.isLive,
        () => 'a login of the client',
        timeoutMs,
      );
    },
    async waitForSent(count, timeoutMs = 5000) {
      const what = () => `${count} messages of the account (${sent.length} came)`;
      await watch.until(() => sent.length >= count, what, timeoutMs);
      return sent;
    },
    waitFor: (done, what, timeoutMs = 5000) => watch.until(done, () => what, timeoutMs),
  };
}

function createPeople({ people }: Fake): FakeWhatsAppPeople {
  return {
    personSends: (message) => people.personSends(message),
    personEdits: (edit) => people.personEdits(edit),
    personRevokes: (revoke) => people.personRevokes(revoke),
    personReacts: (reaction) => people.personReacts(reaction),
    personReads: (reading) => people.personReads(reading),
    personTypes: (typing) => people.personTypes(typing),
    personPostsStatus: (status) => people.personPostsStatus(status),
    personReinstalls: (person, how) => people.personReinstalls(person, how),
    serverForges: (message) => people.serverForges(message),
    ownPhoneSends: (message) => people.ownPhoneSends(message),
    memberMoves: (group, member, what, by) => people.memberMoves(group, member, what, by),
    addsAccount: (group, by) => people.addsAccount(group, by),
    removesAccount: (group, by) => people.removesAccount(group, by),
  };
}

/**
 * Starts a fake WhatsApp for one account. The client must trust its root: set
 * `WA_CERT_DETAILS.PUBLIC_KEY` of Baileys to `trustRootKey`, or start the client's process with
 * `--import @portcullis/testkit/fake-whatsapp/trust` and `trustEnvironment`.
 *
 * @example
 * ```ts
 * const whatsapp = await fakeWhatsApp();
 * WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(whatsapp.trustRootKey, 'hex');
 * // a client with `waWebSocketUrl: whatsapp.url` shows a QR code
 * await whatsapp.scan(qr); // and starts again, linked
 * await whatsapp.waitForLogin();
 * whatsapp.personSends({ from: whatsapp.addPerson(), text: 'hello' });
 * const [answer] = await whatsapp.waitForSent(1);
 * await whatsapp.close();
 * ```
 */
export async function fakeWhatsApp(options: FakeWhatsAppOptions = {}): Promise<FakeWhatsApp> {
  const fake = new Fake(options);
  const faults = createFaults(fake);
  await faults.up();
  const trustRootKey = Buffer.from(fake.root.public).toString('hex');
  const [primary, secondary, tertiary] = DEFAULT_CONNECTION_CONFIG.version;
  const controls = {
    url: `ws://127.0.0.1:${fake.server.port}/ws/chat`,
    version: [primary, secondary, tertiary] as const,
    mediaHost: fake.media.host,
    caPem: fake.media.caPem,
    trustRootKey,
    trustEnvironment: { [ROOT_VARIABLE]: trustRootKey, [CA_VARIABLE]: fake.media.caPem },
    account: fake.network.account.owner,
    scan: (qr: string) => fake.front.pairing.scan(qr),
    unlink: () => fake.unlink(),
    ...createSetup(fake),
    ...createPeople(fake),
    ...createWaits(fake),
    ...faults,
    async close() {
      await faults.down();
      fake.network.close();
      await fake.writing.settled();
    },
  };
  return Object.defineProperties(
    controls,
    Object.getOwnPropertyDescriptors(createSights(fake)),
  ) as typeof controls & FakeWhatsAppSights;
}
