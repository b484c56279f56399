/**
 * How groups are described, and what their members are told.
 *
 * @module
 */
import type { BinaryNode } from 'baileys';
import type { GroupState } from './network.ts';
import type { WhatsAppAddressing, WhatsAppPerson } from './records.ts';

/** How a group names one of its members. */
export function memberJid(
  group: { readonly addressing: WhatsAppAddressing },
  person: WhatsAppPerson,
): string {
  return group.addressing === 'lid' ? person.lid : person.jid;
}

function participant(group: GroupState, person: WhatsAppPerson, isAdmin: boolean): BinaryNode {
  const jid = memberJid(group, person);
  const alternate: Record<string, string> =
    group.addressing === 'lid' ? { phone_number: person.jid } : { lid: person.lid };
  return {
    tag: 'participant',
    attrs: { jid, ...alternate, ...(isAdmin && { type: 'superadmin' }) },
  };
}

/** A group with its members, the account under test included while it is one. */
export function groupNode(group: GroupState, owner: WhatsAppPerson): BinaryNode {
  const members = [...group.members, ...(group.hasAccount ? [owner] : [])];
  const time = String(group.createdAt);
  return {
    tag: 'group',
    attrs: {
      id: group.jid.replace('@g.us', ''),
      subject: group.name,
      s_t: time,
      creation: time,
      creator: memberJid(group, group.createdBy),
      addressing_mode: group.addressing,
      size: String(members.length),
    },
    content: members.map((person) => participant(group, person, person === group.createdBy)),
  };
}

/** What happened to a group, as its members are told. */
export function groupNotification(
  group: GroupState,
  actor: WhatsAppPerson,
  event: BinaryNode,
): BinaryNode {
  const alternate: Record<string, string> =
    group.addressing === 'lid' ? { participant_pn: actor.jid } : { participant_lid: actor.lid };
  return {
    tag: 'notification',
    attrs: {
      type: 'w:gp2',
      from: group.jid,
      participant: memberJid(group, actor),
      ...alternate,
      addressing_mode: group.addressing,
      t: String(Math.floor(Date.now() / 1000)),
    },
    content: [event],
  };
}

/** `add`, `leave` or `remove` of one member. */
export function movement(group: GroupState, what: string, person: WhatsAppPerson): BinaryNode {
  return { tag: what, attrs: {}, content: [participant(group, person, false)] };
}
