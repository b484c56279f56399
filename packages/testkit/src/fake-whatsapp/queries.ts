/**
 * What the server answers to a client's questions.
 *
 * @module
 */
import {
  type BinaryNode,
  encodeBigEndian,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  getBinaryNodeChildren,
  KEY_BUNDLE_TYPE,
} from 'baileys';
import { bytesToNumber, type LinkedDevice, type NumberedKey } from './account.ts';
import { groupNode } from './groups.ts';
import { deviceOf, userOf } from './jid.ts';
import type { GroupState, Network } from './network.ts';

/** What answers need. */
export interface Ground {
  readonly network: Network;
  readonly mediaHost: () => string;
  /** Whether key bundles are forged. */
  readonly forged: () => boolean;
  readonly unlinked: () => void;
  readonly leftGroup: (group: GroupState) => void;
}

/** The content of an answer, or the code of a refusal. */
type Answer = readonly BinaryNode[] | { readonly error: number };

type Answering = (stanza: BinaryNode, ground: Ground) => Answer | Promise<Answer>;

const NOTHING = new Uint8Array();

function keyOf(node: BinaryNode | undefined): NumberedKey {
  return {
    id: bytesToNumber(getBinaryNodeChildBuffer(node, 'id') ?? NOTHING),
    key: getBinaryNodeChildBuffer(node, 'value') ?? NOTHING,
  };
}

function storeKeys(device: LinkedDevice, stanza: BinaryNode): void {
  const list = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'list'), 'key');
  device.oneTimeKeys.push(...list.map(keyOf));
  const rotated = getBinaryNodeChild(stanza, 'rotate');
  const signed = getBinaryNodeChild(rotated ?? stanza, 'skey');
  if (signed === undefined) return;
  const signature = getBinaryNodeChildBuffer(signed, 'signature') ?? NOTHING;
  device.signedKey = { ...keyOf(signed), signature };
}

function keyNode(tag: string, { id, key }: NumberedKey, signature?: Uint8Array): BinaryNode {
  const content: BinaryNode[] = [
    { tag: 'id', attrs: {}, content: encodeBigEndian(id, 3) },
    { tag: 'value', attrs: {}, content: key },
  ];
  if (signature !== undefined) content.push({ tag: 'signature', attrs: {}, content: signature });
  return { tag, attrs: {}, content };
}

/** The keys of the linked device: it also asks for its own. */
function linkedBundle(jid: string, device: LinkedDevice): BinaryNode {
  const { registrationId, identity, signedKey } = device;
  const oneTime = device.oneTimeKeys.shift();
  const content: BinaryNode[] = [
    { tag: 'registration', attrs: {}, content: encodeBigEndian(registrationId) },
    { tag: 'type', attrs: {}, content: KEY_BUNDLE_TYPE },
    { tag: 'identity', attrs: {}, content: identity },
    keyNode('skey', signedKey, signedKey.signature),
  ];
  if (oneTime !== undefined) content.push(keyNode('key', oneTime));
  return { tag: 'user', attrs: { jid }, content };
}

async function bundles(stanza: BinaryNode, { network, forged }: Ground): Promise<Answer> {
  const asked = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'key'), 'user');
  const { device, owner } = network.account;
  const users = asked.map(async ({ attrs: { jid = '' } }) => {
    const person = network.person(jid);
    const number = deviceOf(jid);
    if (person === owner && device?.number === number) return linkedBundle(jid, device);
    if (person === undefined || number !== 0) {
      const error = { tag: 'error', attrs: { code: '404', text: 'item-not-found' } };
      return { tag: 'user', attrs: { jid }, content: [error] };
    }
    return await network.deviceOf(person).bundle(jid, forged());
  });
  return [{ tag: 'list', attrs: {}, content: await Promise.all(users) }];
}

const encrypt: Answering = (stanza, ground) => {
  const { device } = ground.network.account;
  if (getBinaryNodeChild(stanza, 'key') !== undefined) return bundles(stanza, ground);
  if (getBinaryNodeChild(stanza, 'digest') !== undefined) return [{ tag: 'digest', attrs: {} }];
  if (getBinaryNodeChild(stanza, 'count') !== undefined) {
    // At none the client makes 812 keys, which takes it half a second: a first login says one.
    const value = String(Math.max(1, device?.oneTimeKeys.length ?? 0));
    return [{ tag: 'count', attrs: { value } }];
  }
  if (device !== undefined) storeKeys(device, stanza);
  return [];
};

function userAnswer(user: BinaryNode, network: Network): BinaryNode | undefined {
  const contact = getBinaryNodeChild(user, 'contact');
  const phone = contact?.content === undefined ? undefined : String(contact.content);
  const address = user.attrs['jid'] ?? `${phone?.replace('+', '') ?? ''}@s.whatsapp.net`;
  const person = network.person(address);
  if (person === undefined) {
    if (contact === undefined) return undefined;
    const out = { tag: 'contact', attrs: { type: 'out' } };
    return { tag: 'user', attrs: { jid: address }, content: [out] };
  }
  const { account } = network;
  const linked = person === account.owner ? account.device : undefined;
  const devices: BinaryNode[] = [{ tag: 'device', attrs: { id: '0' } }];
  if (linked !== undefined) {
    const id = String(linked.number);
    devices.push({ tag: 'device', attrs: { id, 'key-index': id } });
  }
  const list = { tag: 'device-list', attrs: {}, content: devices };
  const content: BinaryNode[] = [{ tag: 'devices', attrs: {}, content: [list] }];
  // Asked by number the hidden id is told; asked by hidden id the number stays hidden.
  if (userOf(address) === person.jid) content.push({ tag: 'lid', attrs: { val: person.lid } });
  if (contact !== undefined) content.push({ tag: 'contact', attrs: { type: 'in' } });
  return { tag: 'user', attrs: { jid: userOf(address) }, content };
}

const usync: Answering = (stanza, { network }) => {
  const asked = getBinaryNodeChild(getBinaryNodeChild(stanza, 'usync'), 'list');
  const users = getBinaryNodeChildren(asked, 'user').flatMap(
    (user) => userAnswer(user, network) ?? [],
  );
  return [{ tag: 'usync', attrs: {}, content: [{ tag: 'list', attrs: {}, content: users }] }];
};

const groups: Answering = (stanza, { network, leftGroup }) => {
  const { to = '', type } = stanza.attrs;
  const leave = getBinaryNodeChild(stanza, 'leave');
  if (leave !== undefined) {
    const left = getBinaryNodeChildren(leave, 'group').map(({ attrs }) => attrs['id'] ?? '');
    if (!left.every((jid) => network.isMember(jid))) return { error: 404 };
    for (const jid of left) leftGroup(network.group(jid));
    return [leave];
  }
  if (getBinaryNodeChild(stanza, 'participating') !== undefined) {
    const all = network.groups.map((group) => groupNode(group, network.account.owner));
    return [{ tag: 'groups', attrs: {}, content: all }];
  }
  if (type !== 'get') return { error: 403 };
  if (!network.isMember(to)) return { error: 403 };
  return [groupNode(network.group(to), network.account.owner)];
};

const privacy: Answering = (stanza) => {
  if (getBinaryNodeChild(stanza, 'tokens') !== undefined) return [];
  const category = { tag: 'category', attrs: { name: 'readreceipts', value: 'all' } };
  return [{ tag: 'privacy', attrs: {}, content: [category] }];
};

const media: Answering = (_stanza, { mediaHost }) => {
  const host = { tag: 'host', attrs: { hostname: mediaHost(), maxContentLengthBytes: '16777216' } };
  return [{ tag: 'media_conn', attrs: { auth: 'loopback', ttl: '3600' }, content: [host] }];
};

const companions: Answering = (stanza, { unlinked }) => {
  if (getBinaryNodeChild(stanza, 'remove-companion-device') !== undefined) unlinked();
  return [];
};

const ANSWERS: Readonly<Record<string, Answering>> = {
  encrypt,
  usync,
  'w:g2': groups,
  'w:m': media,
  privacy,
  md: companions,
  abt: () => [{ tag: 'props', attrs: {} }],
};

/** Answers one question. What the fake knows nothing of is answered with an empty result. */
export async function answer(stanza: BinaryNode, ground: Ground): Promise<BinaryNode> {
  const { id = '', xmlns = '', to = 's.whatsapp.net' } = stanza.attrs;
  const said = await (ANSWERS[xmlns] ?? (() => []))(stanza, ground);
  return 'error' in said ? refusal(stanza, said.error) : iq({ id, from: to, type: 'result' }, said);
}

/** The answer that refuses. */
export function refusal({ attrs }: BinaryNode, code: number): BinaryNode {
  const error = { tag: 'error', attrs: { code: String(code), text: 'refused' } };
  const { id = '', to = 's.whatsapp.net' } = attrs;
  return iq({ id, from: to, type: 'error' }, [error]);
}

function iq(attrs: Record<string, string>, content: readonly BinaryNode[]): BinaryNode {
  return { tag: 'iq', attrs, content: [...content] };
}
