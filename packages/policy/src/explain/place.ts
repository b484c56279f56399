/**
 * The conversations that a config can tell apart on one channel account.
 *
 * @module
 */
import type { Conversation } from '@portcullis/core';
import { canonicalSender } from '../identity/sender.ts';
import { type IdClass, IdClasses, type SitedId } from './id-class.ts';
import type { Token } from './token.ts';

/** A conversation that speaks for every conversation like it. */
export interface Place extends Omit<Conversation, 'id'> {
  /** Of a room. A direct conversation is called after the person, unless this says otherwise. */
  readonly id?: string;
  /** Rooms of the config this one speaks for. */
  readonly members: readonly string[];
  /** What tables call it and those it speaks for: `<parent>><room>/<topic>`, `*` for any other. */
  readonly labels: readonly string[];
  /** True when the config names the room, its topic, its server or the room above it. */
  readonly named: boolean;
}

/** Lists whose entries are rooms. */
const ROOM_LISTS: ReadonlySet<string> = new Set([
  'allowIn',
  'allowlist',
  'denyIn',
  'groupChannels',
]);

/** Every place of one channel account that decisions can tell apart. */
export class Places {
  readonly #channel: string;
  readonly #accountId: string;
  readonly #tokens: readonly Token[];
  /** Servers, where the network has them. */
  readonly guilds: IdClasses;
  /** Workspaces that bindings speak of. */
  readonly teams: IdClasses;
  /** Ids of direct conversations that are not called after the person. */
  readonly chats: IdClasses;
  readonly #boundRooms: readonly SitedId[];

  constructor(channel: string, accountId: string, tokens: readonly Token[]) {
    this.#channel = channel;
    this.#accountId = accountId;
    this.#tokens = tokens;
    this.guilds = new IdClasses(
      [...keysOf(tokens, 'guilds'), ...settingsOf(tokens, 'guildId')],
      (attempt) => `8${String(700_000_001 + attempt)}`,
    );
    this.teams = new IdClasses(
      settingsOf(tokens, 'teamId'),
      (attempt) => `T${String(700_000_001 + attempt)}`,
    );
    this.#boundRooms = settingsOf(tokens, 'id');
    this.chats = new IdClasses(
      keysOf(tokens, 'direct').filter(({ id, site }) => namesChat(channel, id, site)),
      (attempt) => `chat-${String(attempt + 1)}`,
    );
  }

  /** The rooms of one server (of the whole network where there are none). */
  rooms(guildId: string | undefined): IdClasses {
    const channel = this.#channel;
    const near = this.#tokens.filter(({ path }) => isIn(path, guildId));
    const ids = near.flatMap((token): readonly SitedId[] => {
      const { kind, text, site, path } = token;
      const holder = path.at(-1) ?? '';
      const isEntry = kind === 'entry' && ROOM_LISTS.has(holder);
      const isWord = text === '*' || (holder === 'groups' && text === 'allowlist');
      if (isWord || !(isEntry || isRoomKey(token))) return [];
      // Slack compares the ids of its rooms without case, but bindings compare them as they are.
      const spelled = channel === 'slack' ? [text.toUpperCase(), text.toLowerCase()] : [text];
      return spelled.map((id) => ({ id, site, anyCase: channel === 'slack' }));
    });
    return new IdClasses([...ids, ...this.#boundRooms], (attempt) => freshRoom(channel, attempt));
  }

  /** The topics of one room: those of its own entry and of the `*` entry. */
  topics(room: string): IdClasses {
    const ids = this.#tokens.filter(({ kind, path }) => {
      const at = path.indexOf('groups');
      return kind === 'key' && path.at(-1) === 'topics' && [room, '*'].includes(path[at + 1] ?? '');
    });
    return new IdClasses(
      ids.map(({ text, site }) => ({ id: text, site })),
      (attempt) => String(900_001 + attempt),
    );
  }

  /** Direct conversations: called after the person; by an id of their own; as one that is listed. */
  *direct(): Generator<Place> {
    const { classes } = this.chats;
    const ids = classes.length === 1 ? [undefined] : [undefined, ...classes.map(({ id }) => id)];
    for (const teamId of this.#teamIds()) {
      for (const id of ids) {
        yield this.#place('direct', { named: false, labels: [id ?? '*'], ...some({ id, teamId }) });
      }
    }
  }

  /** Conversations of several people. */
  *shared(): Generator<Place> {
    const servers = this.#hasServers() ? [...this.guilds.classes, undefined] : [undefined];
    for (const server of servers) {
      const guildId = server?.id;
      const inNamed = server !== undefined && server.members.length > 0;
      const rooms = this.rooms(guildId);
      for (const teamId of this.#teamIds()) {
        for (const room of rooms.classes) {
          for (const parentId of this.#parents(rooms, room.id, guildId)) {
            const named = inNamed || room.members.length > 0 || parentId !== undefined;
            const labels = labelsOf(rooms, parentId, room);
            const about = { id: room.id, members: room.members, named, labels };
            yield* this.#rooms({ ...about, ...some({ guildId, teamId, parentId }) });
          }
        }
      }
    }
  }

  *#rooms(about: Omit<Place, 'channel' | 'accountId' | 'kind'>): Generator<Place> {
    const kind = this.#roomKind();
    for (const topic of this.topics(about.id ?? '').classes) {
      const isTopic = topic.members.length > 0;
      yield this.#place(kind, {
        ...about,
        named: about.named || isTopic,
        labels: isTopic
          ? about.labels.flatMap((label) => topic.members.map((id) => `${label}/${id}`))
          : about.labels,
        ...(isTopic ? { topicId: topic.id } : {}),
      });
    }
    yield this.#place('groupdm', about);
  }

  /** The rooms a thread of room `id` can hang below: none, one that is bound, one that is listed. */
  #parents(
    rooms: IdClasses,
    id: string,
    guildId: string | undefined,
  ): readonly (string | undefined)[] {
    const bound = this.#boundRooms.map((each) => rooms.representative(each.id));
    const listed = this.#takesParent(id, guildId)
      ? rooms.classes.filter(({ members }) => members.length > 0).map((each) => each.id)
      : [];
    return [undefined, ...new Set([...bound, ...listed])];
  }

  /** On Discord the entry of the room above counts for a thread that has none of its own. */
  #takesParent(id: string, guildId: string | undefined): boolean {
    const isEntry = (token: Token) =>
      isRoomKey(token) && token.text === id && isIn(token.path, guildId);
    return this.#channel === 'discord' && !this.#tokens.some(isEntry);
  }

  /** The conversation that speaks for `conversation` of `sender`, whom `person` speaks for. */
  representative(conversation: Conversation, sender: string, person: string): Conversation {
    const { channel, kind, id, topicId, parentId, guildId: server, teamId: team } = conversation;
    const teamId = team === undefined || !this.teams.isNamed(team) ? undefined : team;
    const base = { channel, accountId: this.#accountId, kind };
    const workspace = teamId === undefined ? undefined : this.teams.representative(teamId);
    if (kind === 'direct') {
      const chat = this.chats.classes.length === 1 ? person : this.chats.representative(id);
      return { ...base, id: id === sender ? person : chat, ...some({ teamId: workspace }) };
    }
    const isServer = server !== undefined && this.#hasServers();
    const guildId = isServer ? this.guilds.representative(server) : undefined;
    const rooms = this.rooms(guildId);
    const room = rooms.representative(id);
    const topics = this.topics(room);
    const topic = kind === 'groupdm' || topicId === undefined || !topics.isNamed(topicId);
    const above = parentId === undefined ? undefined : rooms.representative(parentId);
    const known = this.#parents(rooms, room, guildId).includes(above) ? above : undefined;
    return {
      ...base,
      kind: kind === 'groupdm' ? kind : this.#roomKind(),
      id: room,
      ...some({
        guildId,
        teamId: workspace,
        parentId: known,
        topicId: topic ? undefined : topics.representative(topicId),
      }),
    };
  }

  /** Decisions treat groups and channels alike. */
  #roomKind(): 'group' | 'channel' {
    return this.#channel === 'discord' || this.#channel === 'slack' ? 'channel' : 'group';
  }

  #hasServers(): boolean {
    return this.#channel === 'discord' || this.guilds.classes.length > 1;
  }

  #teamIds(): readonly (string | undefined)[] {
    return this.teams.classes.map(({ id, members }) => (members.length === 0 ? undefined : id));
  }

  #place(
    kind: Conversation['kind'],
    more: Omit<Place, 'channel' | 'accountId' | 'kind' | 'members'> & Partial<Place>,
  ): Place {
    return { channel: this.#channel, accountId: this.#accountId, kind, members: [], ...more };
  }
}

/**
 * A key of `direct` that can be met by the id of a conversation and not by that of its person: such
 * ids are compared for `dmPolicy` only. No network calls the direct conversation with one person
 * after another person.
 */
function namesChat(channel: string, key: string, site: string): boolean {
  return site.includes('"dmPolicy"') && canonicalSender(channel, key) !== key;
}

/** The names of a class of rooms below a class of rooms. */
function labelsOf(
  rooms: IdClasses,
  parentId: string | undefined,
  { members }: IdClass,
): readonly string[] {
  const own = members.length === 0 ? ['*'] : members;
  if (parentId === undefined) return own;
  const above = rooms.classes.find(({ id }) => id === parentId)?.members ?? [];
  return above.flatMap((parent) => own.map((room) => `${parent}>${room}`));
}

/** Without what is undefined. */
function some<Fields extends Readonly<Record<string, string | undefined>>>(
  fields: Fields,
): { [Key in keyof Fields]?: string } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: string };
}

/** What a place below `guildId` can be asked about: not the rooms of another server. */
function isIn(path: readonly string[], guildId: string | undefined): boolean {
  const at = path.indexOf('guilds');
  return at < 0 || path.length === at + 1 || [guildId, '*'].includes(path[at + 1]);
}

function keysOf(tokens: readonly Token[], holder: string): readonly SitedId[] {
  return tokens
    .filter(({ kind, text, path }) => kind === 'key' && path.at(-1) === holder && text !== '*')
    .map(({ text, site }) => ({ id: text, site }));
}

function settingsOf(tokens: readonly Token[], name: string): readonly SitedId[] {
  return tokens
    .filter(({ kind, text, path }) => kind === 'setting' && path.at(-1) === name && text !== '*')
    .map(({ text, site }) => ({ id: text.trim(), site }));
}

/** A key of a map of rooms. The map of all channels is none. */
function isRoomKey({ kind, path }: Token): boolean {
  const holder = path.at(-1);
  return kind === 'key' && (holder === 'groups' || (holder === 'channels' && path.length > 1));
}

function freshRoom(channel: string, attempt: number): string {
  const number = String(700_000_001 + attempt);
  switch (channel) {
    case 'telegram':
      return `-100${number}`;
    case 'whatsapp':
      return `${number}@g.us`;
    case 'discord':
      return `9${number}`;
    case 'slack':
      return `C${number}`;
    default:
      return `room-${String(attempt + 1)}`;
  }
}
