/**
 * The account under test, as the server knows it: its owner and the device linked to it.
 *
 * @module
 */
import type { KeyPair, proto } from 'baileys';
import type { WhatsAppPerson } from './records.ts';

/** A public key with its number. */
export interface NumberedKey {
  readonly id: number;
  readonly key: Uint8Array;
}

/** The keys by which others write to the linked device. */
export interface LinkedDevice {
  /** 1 and up; the phone is 0. */
  readonly number: number;
  /** What the device proves to hold at every login. */
  readonly noiseKey: Uint8Array;
  readonly identity: Uint8Array;
  readonly registrationId: number;
  signedKey: NumberedKey & { readonly signature: Uint8Array };
  /** Each is handed out once. */
  readonly oneTimeKeys: NumberedKey[];
}

function number(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : Buffer.from(bytes).readUIntBE(0, bytes.length);
}

/** Reads a number sent as bytes. */
export { number as bytesToNumber };

/** The account. */
export class Account {
  readonly owner: WhatsAppPerson;
  /** Signs what proves that a device belongs to the account. */
  readonly keys: KeyPair;
  device: LinkedDevice | undefined;
  #devices = 0;

  constructor(owner: WhatsAppPerson, keys: KeyPair) {
    this.owner = owner;
    this.keys = keys;
  }

  /** The number the next linked device gets. */
  nextNumber(): number {
    this.#devices += 1;
    return this.#devices + 6;
  }

  /** Links a device with what it said of itself. */
  link(
    deviceNumber: number,
    noiseKey: Uint8Array,
    data: proto.ClientPayload.IDevicePairingRegistrationData,
  ): void {
    const none = new Uint8Array();
    this.device = {
      number: deviceNumber,
      noiseKey,
      identity: data.eIdent ?? none,
      registrationId: number(data.eRegid ?? none),
      signedKey: {
        id: number(data.eSkeyId ?? none),
        key: data.eSkeyVal ?? none,
        signature: data.eSkeySig ?? none,
      },
      oneTimeKeys: [],
    };
  }

  /** Whether `jid` is the account, by number or hidden id, on whatever device. */
  isOwn(jid: string): boolean {
    const user = jid.replace(/:\d+@/, '@');
    return user === this.owner.jid || user === this.owner.lid;
  }
}
