/**
 * Who came into a group and who left it.
 *
 * @module
 */
import type { Conversation, Event } from '@portcullis/core';
import type { BinaryNode } from 'baileys';
import { isOurs, parseAddress, personId } from './identity.ts';
import type { ParseContext } from './parse-message.ts';

const CHANGES: ReadonlySet<string> = new Set(['add', 'remove', 'leave', 'promote', 'demote']);

function children(node: BinaryNode): readonly BinaryNode[] {
  return Array.isArray(node.content) ? node.content : [];
}

/** The people a change is about. */
function participants(change: BinaryNode): readonly BinaryNode[] {
  const inside = change.tag === 'create' ? children(change).flatMap(children) : children(change);
  return inside.filter(({ tag }) => tag === 'participant');
}

function otherAddress({ attrs }: BinaryNode): string | undefined {
  return attrs['phone_number'] ?? attrs['lid'];
}

/** A notification about a group. Undefined when it tells of no coming or going. */
export async function parseNotification(
  node: BinaryNode,
  context: ParseContext,
): Promise<Event | undefined> {
  const { attrs } = node;
  const group = parseAddress(attrs['from']);
  const [change] = children(node);
  if (attrs['type'] !== 'w:gp2' || group?.space !== 'group' || change === undefined) {
    return undefined;
  }
  if (change.tag !== 'create' && !CHANGES.has(change.tag)) return undefined;
  const { self, directory } = context;
  const people = participants(change);
  const isUs = (person: BinaryNode) =>
    isOurs(self, person.attrs['jid']) || isOurs(self, otherAddress(person));
  const cameIn = change.tag === 'create' || (change.tag === 'add' && people.some(isUs));
  const ids = await Promise.all(
    people.map(async (person) =>
      isUs(person)
        ? 'us'
        : await personId(self, directory, person.attrs['jid'], otherAddress(person)),
    ),
  );
  const actorAlt = attrs['participant_pn'] ?? attrs['participant_lid'];
  const actor = await personId(self, directory, attrs['participant'], actorAlt);
  const kind = cameIn ? 'join' : 'member';
  const { accountId } = context;
  const id = `${group.user}@g.us`;
  const conversation: Conversation = { channel: 'whatsapp', accountId, kind: 'group', id };
  const isOwn = isOurs(self, attrs['participant']) || isOurs(self, actorAlt);
  return {
    kind,
    eventId: `${kind}:${id}:${attrs['id'] ?? ''}`,
    conversation,
    sender: { ...(actor === undefined ? {} : { id: actor }), ...(isOwn ? { isSelf: true } : {}) },
    at: Number(attrs['t'] ?? 0) * 1000,
    text: `${change.tag}: ${ids.filter((one) => one !== undefined).join(', ')}`,
  };
}
