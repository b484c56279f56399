/**
 * The people that a config can tell apart on one channel.
 *
 * @module
 */
import type { Sender } from '@portcullis/core';
import { canonicalSender, formedChannels } from '../identity/sender.ts';
import { isObject, own } from '../setting.ts';
import { IdClasses, type SitedId, subsets } from './id-class.ts';
import type { Token } from './token.ts';

/** Somebody who speaks for everybody like him. */
export interface Person {
  /** Canonical on its channel. */
  readonly id: string;
  /** Ids of the config he speaks for; none when he is a stranger to it. */
  readonly members: readonly string[];
  readonly roles: readonly string[];
  /** Access groups of the network he is in. */
  readonly audience: readonly string[];
  readonly username?: string;
  readonly name?: string;
}

/** More roles or audiences than this are not combined with each other any more. */
const MOST_COMBINED = 6;

/** What tells people of one channel apart. */
export class People {
  readonly ids: IdClasses;
  readonly usernames: IdClasses;
  readonly names: IdClasses;
  /** False when there are more combinations of roles or audiences than were made. */
  readonly complete: boolean;
  readonly #roles: readonly { readonly id: string; readonly path: readonly string[] }[];
  readonly #audiences: readonly string[];

  constructor(channel: string, tokens: readonly Token[], configs: readonly unknown[]) {
    this.ids = new IdClasses(
      tokens.flatMap((token) => senderIds(channel, token)),
      (attempt) => strangerOn(channel, attempt),
    );
    const named = configs.some((config) => allowsNames(config, channel));
    this.usernames = nameClasses(channel, tokens, 'username:', named);
    this.names = nameClasses(channel, tokens, 'name:', named);
    this.#roles = tokens
      .filter(({ kind, path }) => kind === 'entry' && path.at(-1) === 'roles')
      .map(({ text, path }) => ({ id: text, path }));
    this.#audiences = channel === 'discord' ? audiences(tokens, configs) : [];
    const roles = new Set(this.#roles.map(({ id }) => id));
    this.complete = roles.size <= MOST_COMBINED && this.#audiences.length <= MOST_COMBINED;
  }

  /** Everybody who can be told apart in a place of server `guildId`. */
  *in(guildId: string | undefined): Generator<Person> {
    const roles = combinations(this.#rolesIn(guildId));
    const audience = combinations(this.#audiences);
    const usernames = this.usernames.classes.map(({ id, members }) => nameOf(id, members));
    const names = this.names.classes.map(({ id, members }) => nameOf(id, members));
    for (const { id, members } of this.ids.classes) {
      for (const held of roles) {
        for (const joined of audience) {
          for (const username of usernames) {
            for (const name of names) {
              yield {
                id,
                members,
                roles: held,
                audience: joined,
                ...(username === undefined ? {} : { username }),
                ...(name === undefined ? {} : { name }),
              };
            }
          }
        }
      }
    }
  }

  /** The sender that speaks for `sender`, by the id that speaks for his, on server `guildId`. */
  representative(sender: Sender, id: string, guildId: string | undefined): Sender {
    const { roles = [], username, name, ...flags } = sender;
    const read = this.#rolesIn(guildId);
    const held = read.filter((role) => roles.includes(role));
    const [asUser, asName] = [called(this.usernames, username), called(this.names, name)];
    return {
      ...flags,
      id,
      ...(held.length === 0 ? {} : { roles: held }),
      ...(asUser === undefined ? {} : { username: asUser }),
      ...(asName === undefined ? {} : { name: asName }),
    };
  }

  /** Roles belong to one server; those of bindings count wherever they are held. */
  #rolesIn(guildId: string | undefined): readonly string[] {
    const held = this.#roles.filter(({ path }) => {
      const at = path.indexOf('guilds');
      return at < 0 || (guildId !== undefined && [guildId, '*'].includes(path[at + 1] ?? ''));
    });
    return [...new Set(held.map(({ id }) => id))];
  }
}

/** Nobody has a name of the config unless he is given one. */
function nameOf(id: string, members: readonly string[]): string | undefined {
  return members.length === 0 ? undefined : id;
}

/** All choices of a few; of many only none, each alone, and all. */
function combinations(items: readonly string[]): readonly (readonly string[])[] {
  if (items.length <= MOST_COMBINED) return subsets(items);
  return [[], ...items.map((item) => [item]), items];
}

/** The name that speaks for `text`; none where no list has it. */
function called(classes: IdClasses, text: string | undefined): string | undefined {
  const name = text === undefined ? undefined : plainName(text);
  return name === undefined || !classes.isNamed(name) ? undefined : classes.representative(name);
}

/** The ids on `channel` that `token` can stand for. */
function senderIds(channel: string, token: Token): readonly SitedId[] {
  const { text, site, kind, path } = token;
  const holder = path.at(-1);
  if (kind === 'key' && holder === 'toolsBySender') return keyIds(channel, text, site);
  const names =
    kind === 'entry'
      ? text !== '*' && !text.startsWith('accessGroup:') && holder !== 'roles'
      : holder === (kind === 'key' ? 'direct' : 'id');
  const id = names ? canonicalSender(channel, text) : undefined;
  // Keys of `direct` are not read as ids: only the canonical spelling meets a sender.
  const isSpelled = kind === 'key' && id !== text;
  return id === undefined || isSpelled || text === '*' ? [] : [{ id, site }];
}

/** Keys of `toolsBySender` compare without case, so on other channels each stands for two ids. */
function keyIds(channel: string, key: string, site: string): readonly SitedId[] {
  const text = key.trim().toLowerCase();
  if (/^(?:username|name|e164):/.test(text) || text === '*') return [];
  const prefix = [`channel:${channel.toLowerCase()}:`, 'id:'].find((each) => text.startsWith(each));
  const id = canonicalSender(channel, prefix === undefined ? text : text.slice(prefix.length));
  if (id === undefined) return [];
  const spelled = formedChannels.has(channel) ? [id] : [id, id.toUpperCase()];
  return spelled.map((each) => ({ id: each, site, anyCase: true }));
}

/** Names compare without case, and one leading `@` does not count. */
function plainName(text: string): string {
  const trimmed = text.trim().toLowerCase();
  return trimmed.startsWith('@') ? trimmed.slice(1) : trimmed;
}

function nameClasses(
  channel: string,
  tokens: readonly Token[],
  prefix: string,
  listed: boolean,
): IdClasses {
  const ids = tokens.flatMap(({ text, site, kind, path }): readonly SitedId[] => {
    if (kind === 'key' && path.at(-1) === 'toolsBySender') {
      const key = text.trim().toLowerCase();
      return key.startsWith(prefix) ? [{ id: plainName(key.slice(prefix.length)), site }] : [];
    }
    const isName = listed && kind === 'entry' && canonicalSender(channel, text) === undefined;
    return isName && text !== '*' && !text.startsWith('accessGroup:')
      ? [{ id: plainName(text), site }]
      : [];
  });
  return new IdClasses(ids, (attempt) => `somebody-${String(attempt)}`);
}

function allowsNames(config: unknown, channel: string): boolean {
  const section = own(own(config, 'channels'), channel);
  const accounts = own(section, 'accounts');
  const sections = [section, ...(isObject(accounts) ? Object.values(accounts) : [])];
  return sections.some((each) => own(each, 'dangerouslyAllowNameMatching') === true);
}

/** Access groups whose members only the network knows, as far as a list refers to them. */
function audiences(tokens: readonly Token[], configs: readonly unknown[]): readonly string[] {
  const names = tokens
    .filter(({ kind, text }) => kind === 'entry' && text.startsWith('accessGroup:'))
    .map(({ text }) => text.slice('accessGroup:'.length));
  return [...new Set(names)].filter((name) =>
    configs.some(
      (config) => own(own(own(config, 'accessGroups'), name), 'type') === 'discord.channelAudience',
    ),
  );
}

/** An id of the channel's form that nobody is likely to have. */
function strangerOn(channel: string, attempt: number): string {
  const number = String(700_000_001 + attempt);
  switch (channel) {
    case 'telegram':
    case 'discord':
      return `7${number}`;
    case 'whatsapp':
    case 'signal':
      return `+1${number}`;
    case 'slack':
      return `U${number}`;
    default:
      return `stranger-${String(attempt + 1)}`;
  }
}
