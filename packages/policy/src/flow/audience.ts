/**
 * Who may read what: the audience of a class of private data, and whether receivers lie outside.
 *
 * @module
 */
import { asTexts, own, setting } from '../setting.ts';
import { conversationClass, type FlowLabel, type PrivateClass } from './label.ts';

/** Who is who. Peers are `<channel>:<id>`. */
export interface People {
  readonly owners: readonly string[];
  /** Participants by session key, the bot left out. */
  readonly conversations: unknown;
  /** Peers that may know the workspace beside the owners. */
  readonly workspace: readonly string[];
}

/** Reads the people of a question; peers that are not text are nobody. */
export function peopleOf(config: unknown, input: unknown): People {
  return {
    owners: asTexts(setting(input, 'owners')) ?? [],
    conversations: setting(input, 'conversations').value,
    workspace: asTexts(setting(config, 'flow', 'audience', 'workspace')) ?? [],
  };
}

function isPeerList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((peer) => typeof peer === 'string');
}

/** Everybody who may read data of the class. */
function audienceOf(kind: PrivateClass, people: People): ReadonlySet<string> {
  if (kind === 'workspace') return new Set([...people.owners, ...people.workspace]);
  if (!kind.startsWith('conv:')) return new Set(people.owners);
  const participants = own(people.conversations, kind.slice('conv:'.length));
  return new Set([...people.owners, ...(isPeerList(participants) ? participants : [])]);
}

/** True when `peer` may read every class of the label. */
export function mayKnow(peer: string, label: FlowLabel, people: People): boolean {
  return label.P.every((kind) => audienceOf(kind, people).has(peer));
}

/**
 * True when some class of the label would reach somebody outside its audience. Receivers that
 * cannot be named (none, or a room that cannot be enumerated) are outside every audience, except
 * that what was said in a room is known there.
 */
export function leaks(
  label: FlowLabel,
  receivers: unknown,
  conversation: unknown,
  people: People,
): boolean {
  if (isPeerList(receivers) && receivers.length > 0) {
    return !receivers.every((peer) => mayKnow(peer, label, people));
  }
  const known = typeof conversation === 'string' ? conversationClass(conversation) : undefined;
  return label.P.some((kind) => kind !== known);
}
