/**
 * Who somebody is on WhatsApp, in one spelling.
 *
 * A person has two addresses: one by phone number and a hidden one. Both arrive, for the same person,
 * in the same hour. The id of a person is the phone number (`+15550000002`) where it is known when they
 * first write, and otherwise `lid:` with the digits of the hidden address. An id once given is kept:
 * if the number of a hidden person becomes known later, they stay who they were, so that neither
 * their session nor a list that names them is lost.
 *
 * @module
 */
import type { Vault } from './vault.ts';

/** Whether digits are a telephone number in international form. */
export function isPhone(digits: string): boolean {
  return /^[1-9][0-9]{6,14}$/u.test(digits);
}

/** Looks into the mappings the library keeps, without ever asking the network. */
export class Directory {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** The phone number behind a hidden address. */
  async phoneOf(lid: string): Promise<string | undefined> {
    const phone = await this.#mapped(`${lid}_reverse`);
    return phone !== undefined && isPhone(phone) ? phone : undefined;
  }

  /** The hidden address of a phone number. */
  async lidOf(phone: string): Promise<string | undefined> {
    return await this.#mapped(phone);
  }

  /** Whether a person is known by the hidden address for good. */
  async isHidden(lid: string): Promise<boolean> {
    return (await this.#vault.read(`hidden:${lid}`)) !== undefined;
  }

  /** Knows a person by the hidden address from now on. */
  async hide(lid: string): Promise<void> {
    await this.#vault.write({ [`hidden:${lid}`]: '1' });
  }

  async #mapped(id: string): Promise<string | undefined> {
    const { [id]: value } = await this.#vault.keys.get('lid-mapping', [id]);
    return typeof value === 'string' && /^[0-9]{1,20}$/u.test(value) ? value : undefined;
  }
}

/** An address taken apart. */
export interface Address {
  readonly user: string;
  readonly space: 'pn' | 'lid' | 'group';
}

const ADDRESS = /^(?<user>[0-9]{1,20})(?:_[0-9]{1,3})?(?::[0-9]{1,5})?@(?<server>[a-z.]{3,20})$/u;
const GROUP = /^(?<user>[0-9]{1,20}(?:-[0-9]{1,20})?)@g\.us$/u;
const SPACES: Readonly<Record<string, 'pn' | 'lid'>> = {
  's.whatsapp.net': 'pn',
  'c.us': 'pn',
  hosted: 'pn',
  lid: 'lid',
  'hosted.lid': 'lid',
};

/** Reads an address; undefined when it is neither a person's nor a group's. */
export function parseAddress(jid: string | null | undefined): Address | undefined {
  const text = jid ?? '';
  const group = GROUP.exec(text)?.groups?.['user'];
  if (group !== undefined) return { user: group, space: 'group' };
  const { user, server } = ADDRESS.exec(text)?.groups ?? {};
  const space = SPACES[server ?? ''];
  if (user === undefined || space === undefined) return undefined;
  if (space === 'pn' && !isPhone(user)) return undefined;
  return { user, space };
}

/** Our own two addresses. */
export interface Self {
  /** Digits of the phone number. */
  readonly pn: string;
  readonly lid: string | undefined;
}

/** Who we are, from the addresses the server gave us. */
export function selfOf(me: { readonly id: string; readonly lid?: string | undefined }): Self {
  const pn = parseAddress(me.id);
  const lid = parseAddress(me.lid);
  return { pn: pn?.user ?? '', lid: lid?.space === 'lid' ? lid.user : undefined };
}

/** Whether an address is ours. */
export function isOurs(self: Self, jid: string | null | undefined): boolean {
  const address = parseAddress(jid);
  if (address === undefined) return false;
  return address.space === 'pn' ? address.user === self.pn : address.user === self.lid;
}

/** Our own id. */
export function ownId(self: Self): string {
  return `+${self.pn}`;
}

/**
 * The id of a person, from the address they wrote by and the other one where the envelope names it.
 * Undefined when there is no address of a person.
 */
export async function personId(
  self: Self,
  directory: Directory,
  jid: string | null | undefined,
  otherJid?: string | null,
): Promise<string | undefined> {
  if (isOurs(self, jid)) return ownId(self);
  const first = parseAddress(jid);
  if (first === undefined || first.space === 'group') return undefined;
  const second = parseAddress(otherJid);
  const of = (space: 'pn' | 'lid') =>
    first.space === space ? first.user : second?.space === space ? second.user : undefined;
  const lid = of('lid') ?? (await directory.lidOf(first.user));
  if (lid !== undefined && (await directory.isHidden(lid))) return `lid:${lid}`;
  const pn = of('pn') ?? (lid === undefined ? undefined : await directory.phoneOf(lid));
  // Whoever is not us is never given our number, whatever a mapping says: it may be the owner's.
  if (pn !== undefined && pn !== self.pn) return `+${pn}`;
  if (lid === undefined) return undefined;
  await directory.hide(lid);
  return `lid:${lid}`;
}

/** The address to write to, for the id of a conversation. Undefined when it is no id of ours. */
export function jidOf(id: string): string | undefined {
  if (GROUP.test(id)) return id;
  const lid = /^lid:(?<user>[0-9]{1,20})$/u.exec(id)?.groups?.['user'];
  if (lid !== undefined) return `${lid}@lid`;
  const phone = /^\+(?<user>[0-9]{1,20})$/u.exec(id)?.groups?.['user'];
  return phone !== undefined && isPhone(phone) ? `${phone}@s.whatsapp.net` : undefined;
}
