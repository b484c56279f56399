/**
 * Linking a device: the codes a client shows, and the phone that scans one.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import { PortcullisError } from '@portcullis/core';
import {
  type BinaryNode,
  Curve,
  getBinaryNodeChild,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
} from 'baileys';
import type { Account } from './account.ts';
import type { Connection } from './wire/connection.ts';
import type { WhatsAppForgery } from './controls.ts';
import { deviceJid, SERVER } from './jid.ts';
import type { ClientFinish } from './wire/noise.ts';

interface Applicant {
  readonly connection: Connection;
  readonly client: ClientFinish;
  readonly references: readonly string[];
}

interface Scan {
  readonly settle: (error?: PortcullisError) => void;
  readonly link: () => void;
}

function refused(reason: string): PortcullisError {
  return new PortcullisError('testkit.whatsapp_refused', `The code cannot be scanned: ${reason}.`);
}

/** The clients that want to be linked. */
export class Pairing {
  readonly #account: Account;
  readonly #forgeries: ReadonlySet<WhatsAppForgery>;
  readonly #applicants: Map<Connection, Applicant> = new Map();
  readonly #scans: Map<Connection, Scan> = new Map();

  constructor(account: Account, forgeries: ReadonlySet<WhatsAppForgery>) {
    this.#account = account;
    this.#forgeries = forgeries;
  }

  /** Gives a new client the references it makes codes of. */
  offer(connection: Connection, client: ClientFinish): void {
    const references = Array.from({ length: 6 }, () => `2@${randomBytes(24).toString('base64')}`);
    this.#applicants.set(connection, { connection, client, references });
    const refs = references.map((reference) => ({
      tag: 'ref',
      attrs: {},
      content: Buffer.from(reference),
    }));
    connection.send({
      tag: 'iq',
      attrs: { from: SERVER, type: 'set', id: 'pair-device', xmlns: 'md' },
      content: [{ tag: 'pair-device', attrs: {}, content: refs }],
    });
  }

  /** Scans a code; resolves when the client took the pairing and was told to start again. */
  async scan(qr: string): Promise<void> {
    const text = qr.slice(qr.indexOf('#') + 1);
    const [reference = '', noiseKey = '', identity = '', secret = ''] = text.split(',');
    const applicant = [...this.#applicants.values()].find((one) =>
      one.references.includes(reference),
    );
    if (applicant === undefined) throw refused('nobody shows it any more');
    const { connection, client } = applicant;
    const data = client.payload.devicePairingData ?? {};
    const keyOfCode = Buffer.from(identity, 'base64');
    const isTheirs =
      client.noiseKey.equals(Buffer.from(noiseKey, 'base64')) &&
      keyOfCode.equals(data.eIdent ?? Buffer.alloc(0));
    if (!isTheirs) throw refused('its keys are not those of the client that shows it');
    const number = this.#account.nextNumber();
    await new Promise<void>((resolve, reject) => {
      this.#scans.set(connection, {
        settle: (error) => (error === undefined ? resolve() : reject(error)),
        link: () => this.#account.link(number, client.noiseKey, data),
      });
      connection.send(this.#success(keyOfCode, Buffer.from(secret, 'base64'), number));
    });
  }

  /** Takes a stanza of a client that is not linked yet. */
  received(connection: Connection, stanza: BinaryNode): void {
    const scan = this.#scans.get(connection);
    if (scan === undefined || getBinaryNodeChild(stanza, 'pair-device-sign') === undefined) return;
    scan.link();
    connection.send({ tag: 'stream:error', attrs: { code: '515' } });
    this.#scans.delete(connection);
    scan.settle();
  }

  /** Forgets a client. */
  closed(connection: Connection): void {
    this.#applicants.delete(connection);
    const scan = this.#scans.get(connection);
    this.#scans.delete(connection);
    scan?.settle(refused('the client did not accept the pairing'));
  }

  #success(identity: Buffer, secret: Buffer, number: number): BinaryNode {
    const { keys, owner } = this.#account;
    const details = proto.ADVDeviceIdentity.encode({
      rawId: 1,
      timestamp: Math.floor(Date.now() / 1000),
      keyIndex: number,
    }).finish();
    const signer = this.#forgeries.has('forged-account') ? Curve.generateKeyPair() : keys;
    const signed = proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: keys.public,
      accountSignature: Curve.sign(
        signer.private,
        Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, identity]),
      ),
    }).finish();
    const hmacKey = this.#forgeries.has('forged-hmac') ? randomBytes(32) : secret;
    const hmac = createHmac('sha256', hmacKey).update(signed).digest();
    const content = proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish();
    const jid = deviceJid(owner.jid, number);
    const lid = deviceJid(owner.lid, number);
    const children: BinaryNode[] = [
      { tag: 'device-identity', attrs: {}, content },
      { tag: 'device', attrs: { jid, lid } },
      { tag: 'platform', attrs: { name: 'android' } },
    ];
    return {
      tag: 'iq',
      attrs: { from: SERVER, type: 'set', id: 'pair-success', xmlns: 'md' },
      content: [{ tag: 'pair-success', attrs: {}, content: children }],
    };
  }
}
