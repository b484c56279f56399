/**
 * The accounts of the channels, one by one: only those that are switched on and have what they need
 * to connect.
 *
 * @module
 */
import { canonicalSender } from '../identity/sender.ts';
import { isObject, own } from '../setting.ts';
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, at, entriesAt, textsAt } from './subject.ts';

/** An account with the settings of its channel below its own. */
interface Account {
  readonly channel: string;
  readonly id: string;
  readonly path: string;
  readonly settings: unknown;
  readonly paired: readonly string[];
}

function accountsOf({ config, facts }: AuditSubject): readonly Account[] {
  const configured = new Set(facts.configuredAccounts);
  return entriesAt(config, 'channels')
    .filter(([channel]) => channel !== 'defaults')
    .flatMap(([channel, block]) => {
      const named = entriesAt(block, 'accounts').map(([id, account]) => ({
        id,
        path: `channels.${channel}.accounts.${id}`,
        settings: isObject(block) && isObject(account) ? { ...block, ...account } : account,
      }));
      const root = { id: 'default', path: `channels.${channel}`, settings: block };
      const all = named.some(({ id }) => id === 'default') ? named : [root, ...named];
      return all.map((account) => ({
        ...account,
        channel,
        paired: facts.paired?.[channel]?.[account.id] ?? [],
      }));
    })
    .filter(
      ({ channel, id, settings }) =>
        own(settings, 'enabled') !== false && configured.has(`${channel}/${id}`),
    );
}

function directPolicy(settings: unknown): unknown {
  return own(settings, 'dmPolicy') ?? at(settings, 'dm.policy') ?? 'pairing';
}

function directSenders(settings: unknown): readonly string[] {
  const list = textsAt(settings, 'allowFrom');
  return list.length > 0 ? list : textsAt(settings, 'dm.allowFrom');
}

function direct({ channel, path, settings, paired }: Account): readonly Finding[] {
  const senders = directSenders(settings);
  const names = [channel];
  const key = `${path}.dmPolicy`;
  switch (directPolicy(settings)) {
    case 'open': {
      const what = `Anybody who writes to ${path} is let in`;
      const invalid = `${key} is "open" and allowFrom does not contain "*"`;
      return [
        finding('channels.<c>.dm.open', 'critical', { what, path: key, names }),
        ...(senders.includes('*')
          ? []
          : [
              finding('channels.<c>.dm.open_invalid', 'warn', {
                what: invalid,
                path: `${path}.allowFrom`,
                names,
              }),
            ]),
      ];
    }
    case 'disabled': {
      const what = `Nobody reaches ${path} by direct message`;
      return [finding('channels.<c>.dm.disabled', 'info', { what, path: key, names })];
    }
    default: {
      if ([...senders, ...paired].some((sender) => sender !== '*')) return [];
      const what = `Nobody is let in by direct message on ${path} yet`;
      return [
        finding('channels.<c>.dm.locked', 'info', { what, path: `${path}.allowFrom`, names }),
      ];
    }
  }
}

function nameMatching({ channel, path, settings }: Account): readonly Finding[] {
  if (own(settings, 'dangerouslyAllowNameMatching') !== true) return [];
  const key = `${path}.dangerouslyAllowNameMatching`;
  const what = `${key} is set; names never let anybody in here`;
  return [
    finding('channels.<c>.allowFrom.dangerous_name_matching_enabled', 'info', {
      what,
      path: key,
      names: [channel],
    }),
  ];
}

/** Entries of a list that are no ids of their network. */
function namesAmong(channel: string, entries: readonly string[]): readonly string[] {
  return entries.filter(
    (entry) =>
      entry.trim() !== '*' &&
      !entry.startsWith('accessGroup:') &&
      (canonicalSender(channel, entry) === undefined || /^@|\s/.test(entry.trim())),
  );
}

function nameEntries({ channel, path, settings }: Account): readonly Finding[] {
  const listed = ['allowFrom', 'groupAllowFrom', 'dm.allowFrom'].flatMap((key) =>
    textsAt(settings, key),
  );
  const inert = namesAmong(channel, listed);
  if (inert.length === 0 || channel === 'telegram') return [];
  const what = `These entries of ${path} are names and let nobody in: ${inert.join(', ')}`;
  return [
    finding('channels.<c>.allowFrom.mutable_entries_inert', 'warn', {
      what,
      path: `${path}.allowFrom`,
      names: [channel],
    }),
  ];
}

function rooms({ channel, path, settings }: Account, defaults: unknown): readonly Finding[] {
  const policy = own(settings, 'groupPolicy') ?? own(defaults, 'groupPolicy');
  if (policy !== 'open') return [];
  const what = `Anybody in any room is let in by ${path}`;
  return [
    finding('channels.<c>.groups.open', 'warn', {
      what,
      path: `${path}.groupPolicy`,
      names: [channel],
    }),
  ];
}

/** Every list of senders of a Telegram account that concerns rooms, by path. */
function telegramRoomLists(settings: unknown): readonly string[] {
  const groups = entriesAt(settings, 'groups').flatMap(([, group]) => [
    ...textsAt(group, 'allowFrom'),
    ...entriesAt(group, 'topics').flatMap(([, topic]) => textsAt(topic, 'allowFrom')),
  ]);
  return [...textsAt(settings, 'groupAllowFrom'), ...groups];
}

function telegram(account: Account, subject: AuditSubject): readonly Finding[] {
  const { settings, path, paired } = account;
  const defaults = at(subject.config, 'channels.defaults.groupPolicy');
  const policy = own(settings, 'groupPolicy') ?? defaults ?? 'allowlist';
  const hasRooms = entriesAt(settings, 'groups').length > 0;
  const isReachable = policy === 'open' || (policy === 'allowlist' && hasRooms);
  const inRooms = isReachable ? telegramRoomLists(settings) : [];
  const all = [...textsAt(settings, 'allowFrom'), ...inRooms, ...paired];
  const odd = all.filter(
    (entry) =>
      entry.trim() !== '*' &&
      !entry.startsWith('accessGroup:') &&
      !/^-?\d+$/.test(entry.trim().replace(/^(?:tg|telegram):/i, '')),
  );
  const found: Finding[] = [];
  if (odd.length > 0) {
    const what = `These entries of ${path} are no Telegram ids and let nobody in: ${odd.join(', ')}`;
    found.push(
      finding('channels.telegram.allowFrom.invalid_entries', 'warn', {
        what,
        path: `${path}.allowFrom`,
      }),
    );
  }
  if (!isReachable) return found;
  if ([...textsAt(settings, 'groupAllowFrom'), ...paired].includes('*')) {
    const what = `Anybody in the rooms of ${path} counts as listed`;
    found.push(
      finding('channels.telegram.groups.allowFrom.wildcard', 'critical', {
        what,
        path: `${path}.groupAllowFrom`,
      }),
    );
  }
  const isNobodyNamed = [...inRooms, ...paired].length === 0;
  if (isNobodyNamed && at(subject.config, 'commands.text') !== false) {
    const what = `The rooms of ${path} are reached and no sender is named for them`;
    found.push(
      finding('channels.telegram.groups.allowFrom.missing', 'critical', {
        what,
        path: `${path}.groupAllowFrom`,
      }),
    );
  }
  return found;
}

function isNamed(holder: unknown): boolean {
  return ['users', 'roles'].some((key) =>
    textsAt(holder, key).some((entry) => entry.trim() !== '*'),
  );
}

function discord({ settings, path, paired }: Account, defaults: unknown): readonly Finding[] {
  return [
    ...discordNames(settings, path, paired),
    ...discordMembers(settings, path, own(settings, 'groupPolicy') ?? own(defaults, 'groupPolicy')),
  ];
}

function discordNames(
  settings: unknown,
  path: string,
  paired: readonly string[],
): readonly Finding[] {
  const guilds = entriesAt(settings, 'guilds').map(([, guild]) => guild);
  const holders = [
    ...guilds,
    ...guilds.flatMap((guild) => entriesAt(guild, 'channels').map(([, each]) => each)),
  ];
  const listed = [
    ...directSenders(settings),
    ...holders.flatMap((holder) => textsAt(holder, 'users')),
    ...paired,
  ];
  const named = namesAmong('discord', listed);
  if (named.length === 0) return [];
  const isMatched = own(settings, 'dangerouslyAllowNameMatching') === true;
  const what = `These entries of ${path} are names or tags and no ids: ${named.join(', ')}`;
  return [
    finding('channels.discord.allowFrom.name_based_entries', isMatched ? 'info' : 'warn', {
      what,
      path: `${path}.allowFrom`,
    }),
  ];
}

function discordMembers(settings: unknown, path: string, policy: unknown): readonly Finding[] {
  if ((policy ?? 'allowlist') !== 'allowlist') return [];
  const broad = entriesAt(settings, 'guilds').flatMap(([guild, block]) => {
    const channels = entriesAt(block, 'channels').filter(
      ([, each]) => own(each, 'enabled') !== false,
    );
    if (channels.length === 0) return isNamed(block) ? [] : [guild];
    return channels
      .filter(([, each]) => !isNamed(each) && !isNamed(block))
      .map(([name]) => `${guild}/${name}`);
  });
  if (broad.length === 0) return [];
  const what = `Every member is let in on these servers of ${path}: ${broad.join(', ')}`;
  return [
    finding('channels.discord.allowlisted_groups.broad_members', 'warn', {
      what,
      path: `${path}.guilds`,
    }),
  ];
}

/** An account whose secret nobody could have without doing something. */
function unread({ channel, id, path }: Account, { facts }: AuditSubject): readonly Finding[] {
  if (facts.unreadAccounts?.includes(`${channel}/${id}`) !== true) return [];
  const what = `The secret of ${path} could not be had by reading alone`;
  return [
    finding('channels.<c>.account.read_only_resolution', 'warn', { what, path, names: [channel] }),
  ];
}

function accounts(subject: AuditSubject): readonly Finding[] {
  const defaults = at(subject.config, 'channels.defaults');
  return accountsOf(subject).flatMap((account) => [
    ...unread(account, subject),
    ...direct(account),
    ...nameMatching(account),
    ...nameEntries(account),
    ...rooms(account, defaults),
    ...(account.channel === 'telegram' ? telegram(account, subject) : []),
    ...(account.channel === 'discord' ? discord(account, defaults) : []),
  ]);
}

/** The bucket a direct message of somebody falls into, as far as scopes alone decide. */
function bucketOf(scope: unknown, { channel, id }: Account, sender: string): string {
  switch (scope) {
    case 'per-peer':
      return sender;
    case 'per-channel-peer':
      return `${channel}:${sender}`;
    case 'per-account-channel-peer':
      return `${channel}:${id}:${sender}`;
    default:
      return 'main';
  }
}

function principalsOf(account: Account): readonly string[] {
  const { channel, settings, paired } = account;
  return [...directSenders(settings), ...paired].flatMap((sender) => {
    // Anybody is more than one.
    if (sender.trim() === '*') return [`${channel}:*1`, `${channel}:*2`];
    const id = canonicalSender(channel, sender);
    return id === undefined ? [] : [`${channel}:${id}`];
  });
}

/** Several people in one session: each sees what the others said. */
function shared(subject: AuditSubject): readonly Finding[] {
  const { config } = subject;
  const scope = at(config, 'session.scope') === 'global' ? 'main' : at(config, 'session.dmScope');
  const links = new Map<string, string>();
  for (const [person, identities] of entriesAt(config, 'session.identityLinks')) {
    const list = Array.isArray(identities) ? (identities as readonly unknown[]) : [];
    for (const identity of list) links.set(String(identity), person);
  }
  const buckets = new Map<string, Set<string>>();
  const reach = accountsOf(subject).filter(({ settings }) => directPolicy(settings) !== 'disabled');
  for (const account of reach) {
    for (const principal of principalsOf(account)) {
      const person = links.get(principal) ?? principal;
      const name = person === principal ? principal.slice(principal.indexOf(':') + 1) : person;
      const bucket = bucketOf(scope, account, name);
      buckets.set(bucket, (buckets.get(bucket) ?? new Set()).add(person));
    }
  }
  if (![...buckets.values()].some((people) => people.size > 1)) return [];
  const [first] = reach;
  const what = 'Several people share one session and see what the others said';
  return [
    finding('channels.<c>.dm.scope_main_multiuser', 'warn', {
      what,
      path: 'session.dmScope',
      names: [first?.channel ?? 'dm'],
    }),
  ];
}

/** The accounts of the channels. */
export const channelChecks: readonly Check[] = [accounts, shared];
