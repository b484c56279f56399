/**
 * Who and what there is on the fake network: people, their phones, groups and their members.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { Account } from './account.ts';
import { Device } from './signal/device.ts';
import { deviceJid, userOf } from './jid.ts';
import type { WhatsAppAddressing, WhatsAppGroup, WhatsAppPerson } from './records.ts';

/** A group with its members. */
export interface GroupState extends WhatsAppGroup {
  /** Without the account under test. */
  readonly members: Set<WhatsAppPerson>;
  hasAccount: boolean;
  readonly createdBy: WhatsAppPerson;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

/** Everybody and every place. */
export class Network {
  readonly account: Account;
  readonly #people: Map<string, WhatsAppPerson> = new Map();
  readonly #devices: Map<WhatsAppPerson, Device> = new Map();
  readonly #groups: Map<string, GroupState> = new Map();
  #groupCount = 0;

  constructor(owner: WhatsAppPerson) {
    this.add(owner);
    this.account = new Account(owner, this.deviceOf(owner).identity);
  }

  /** Adds a person. */
  add(person: WhatsAppPerson): WhatsAppPerson {
    if (this.#people.has(person.jid) || this.#people.has(person.lid)) {
      throw new PortcullisError('testkit.whatsapp_refused', 'This number or id is taken.');
    }
    this.#people.set(person.jid, person);
    this.#people.set(person.lid, person);
    return person;
  }

  /** The person at an address, of whatever device. */
  person(jid: string): WhatsAppPerson | undefined {
    return this.#people.get(userOf(jid));
  }

  /** The phone of a person. */
  deviceOf(person: WhatsAppPerson): Device {
    const device = this.#devices.get(person) ?? new Device();
    this.#devices.set(person, device);
    return device;
  }

  /** Makes a group. */
  addGroup(
    name: string,
    addressing: WhatsAppAddressing,
    members: readonly WhatsAppPerson[],
    createdBy: WhatsAppPerson,
  ): GroupState {
    this.#groupCount += 1;
    const jid = `${String(120_363_000_000_000_000n + BigInt(this.#groupCount))}@g.us`;
    const createdAt = Math.floor(Date.now() / 1000);
    const group = { jid, name, addressing, createdBy, createdAt };
    const state = { ...group, members: new Set(members), hasAccount: true };
    this.#groups.set(jid, state);
    return state;
  }

  /** The group at an address. Throws `testkit.whatsapp_refused` when there is none. */
  group(jid: string): GroupState {
    const group = this.#groups.get(jid);
    if (group === undefined) {
      throw new PortcullisError('testkit.whatsapp_refused', `There is no group ${jid}.`);
    }
    return group;
  }

  /** Every group the account is in. */
  get groups(): readonly GroupState[] {
    return [...this.#groups.values()].filter(({ hasAccount }) => hasAccount);
  }

  /** Whether there is a group at an address with the account in it. */
  isMember(jid: string): boolean {
    return this.#groups.get(jid)?.hasAccount === true;
  }

  /** How the linked device is addressed; its sessions are kept under the hidden id. */
  get linkedJid(): string {
    return deviceJid(this.account.owner.lid, this.account.device?.number ?? 0);
  }

  /** Lets go of timers. */
  close(): void {
    for (const device of this.#devices.values()) device.close();
  }
}
