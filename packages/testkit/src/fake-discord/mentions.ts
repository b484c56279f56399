/**
 * Whom a text mentions, and whom it notifies under `allowed_mentions`.
 *
 * @module
 */
import type { APIMessage } from 'discord.js';
import type { Network } from './network.ts';
import { userOf } from './payloads.ts';
import type { DiscordPings } from './records.ts';
import { texts } from './request.ts';
import { invalidField } from './refusal.ts';

function idsIn(content: string, pattern: RegExp): readonly string[] {
  return [...new Set([...content.matchAll(pattern)].map(([, id = '']) => id))];
}

/** Everybody a text names, whether he may be notified or not. */
export function namedIn(content: string): DiscordPings {
  return {
    users: idsIn(content, /<@!?(\d+)>/gu),
    roles: idsIn(content, /<@&(\d+)>/gu),
    everyone: /@(?:everyone|here)\b/u.test(content),
  };
}

function narrowed(
  named: readonly string[],
  allowed: Readonly<Record<string, unknown>>,
  kind: 'users' | 'roles',
): readonly string[] {
  const list = texts(allowed, kind);
  const all = texts(allowed, 'parse')?.includes(kind) === true;
  if (all && list !== undefined && list.length > 0) {
    const message = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`;
    throw invalidField('allowed_mentions', 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', message);
  }
  return all ? named : named.filter((id) => list?.includes(id) === true);
}

/**
 * Whom a message of the bot notifies. Without `allowed`, everybody it names and the author of the
 * message it answers.
 */
export function pingsOf(
  content: string,
  allowed: Readonly<Record<string, unknown>> | undefined,
  answered: APIMessage | undefined,
): DiscordPings {
  const named = namedIn(content);
  const author = answered === undefined ? [] : [answered.author.id];
  if (allowed === undefined) return { ...named, users: [...new Set([...named.users, ...author])] };
  const replied = allowed['replied_user'] === true ? author : [];
  return {
    users: [...new Set([...narrowed(named.users, allowed, 'users'), ...replied])],
    roles: narrowed(named.roles, allowed, 'roles'),
    everyone: named.everyone && texts(allowed, 'parse')?.includes('everyone') === true,
  };
}

/** The fields of a message that say whom it mentions. Ids nobody has are left out. */
export function mentionFields(network: Network, pings: DiscordPings): Partial<APIMessage> {
  const known = pings.users.flatMap((id) => network.users.get(id) ?? []);
  return {
    mentions: known.map(userOf),
    mention_roles: [...pings.roles],
    mention_everyone: pings.everyone,
  };
}
