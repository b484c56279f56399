/**
 * What the fake Slack knows: workspaces, apps, people, conversations, messages and files.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type {
  FakeSlackApp,
  FakeSlackBot,
  FakeSlackChannel,
  FakeSlackUser,
  FakeSlackWorkspace,
  SentSlackMessage,
  SlackFile,
} from './records.ts';
import { Refusal } from './refusal.ts';

/** A message as the network keeps it: the fields of the Web API. */
export interface SlackMessage {
  readonly type: 'message';
  subtype?: string;
  readonly ts: string;
  readonly user?: string;
  readonly bot_id?: string;
  readonly app_id?: string;
  readonly team?: string;
  text: string;
  thread_ts?: string;
  parent_user_id?: string;
  blocks?: readonly unknown[];
  attachments?: readonly unknown[];
  files?: readonly object[];
  metadata?: unknown;
  edited?: { readonly user: string; readonly ts: string };
  reactions: { name: string; users: string[] }[];
}

/** One conversation and what happened in it. */
export interface ChannelState {
  readonly channel: FakeSlackChannel;
  readonly members: Set<string>;
  /** By `ts`, oldest first. */
  readonly messages: Map<string, SlackMessage>;
  readonly archived: boolean;
}

/** A file the network keeps. */
export interface StoredFile extends SlackFile {
  readonly id: string;
  readonly teamId: string;
  /** Set for files whose bytes the bot has not uploaded yet. */
  readonly expected?: number;
  readonly shares: Map<string, string>;
}

/** Something that happened, for the apps of a conversation. */
export interface Happening {
  readonly state: ChannelState;
  readonly event: Readonly<Record<string, unknown>>;
  /** Only this bot hears of it. Default: every bot in the conversation. */
  readonly only?: string;
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789';

function random(length: number): string {
  return Array.from(randomBytes(length), (byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** The state behind the fake. */
export class Network {
  readonly workspaces: Map<string, FakeSlackWorkspace> = new Map();
  readonly apps: Map<string, FakeSlackApp> = new Map();
  readonly bots: FakeSlackBot[] = [];
  readonly users: Map<string, FakeSlackUser> = new Map();
  readonly channels: Map<string, ChannelState> = new Map();
  readonly files: Map<string, StoredFile> = new Map();
  readonly revoked: Set<string> = new Set();
  readonly sent: SentSlackMessage[] = [];
  readonly echoes: boolean;
  readonly #listeners: ((happening: Happening) => void)[] = [];
  #lastTs = 0;

  constructor(echoes: boolean) {
    this.echoes = echoes;
  }

  /** A fresh id: `U0…`. */
  newId(letter: string): string {
    return `${letter}0${random(8)}`;
  }

  /** A fresh secret with a prefix. */
  newSecret(prefix: string): string {
    return `${prefix}${randomBytes(18).toString('hex')}`;
  }

  /** A fresh time stamp, later than every one before. */
  newTs(): string {
    this.#lastTs = Math.max(this.#lastTs + 1, Date.now() * 1000);
    const text = String(this.#lastTs);
    return `${text.slice(0, -6)}.${text.slice(-6)}`;
  }

  onHappening(listener: (happening: Happening) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells whoever listens. */
  happens(happening: Happening): void {
    for (const listener of this.#listeners) listener(happening);
  }

  addChannel(channel: FakeSlackChannel, members: Iterable<string>, archived = false): ChannelState {
    const state = { channel, members: new Set(members), messages: new Map(), archived };
    this.channels.set(channel.id, state);
    return state;
  }

  /** The direct messages between a user and a bot. */
  direct(userId: string, bot: FakeSlackBot): ChannelState {
    for (const state of this.channels.values()) {
      const { channel, members } = state;
      if (channel.type === 'im' && members.has(userId) && members.has(bot.userId)) return state;
    }
    const id = this.newId('D');
    const channel: FakeSlackChannel = {
      id,
      teamId: bot.workspace.id,
      name: 'directmessage',
      type: 'im',
      sharedWith: [],
    };
    return this.addChannel(channel, [userId, bot.userId]);
  }

  /** The conversation a test or a bot names. */
  channel(id: unknown): ChannelState {
    const state = typeof id === 'string' ? this.channels.get(id) : undefined;
    if (state === undefined) throw new Refusal('channel_not_found');
    return state;
  }

  /** A conversation the bot may know of: public ones of its workspace, others as a member. */
  visibleTo(bot: FakeSlackBot, id: unknown): ChannelState {
    const state = this.channel(id);
    const { teamId, type, sharedWith } = state.channel;
    const inWorkspace = teamId === bot.workspace.id || sharedWith.includes(bot.workspace.id);
    const isOpen = type === 'channel' || state.members.has(bot.userId);
    if (!inWorkspace || !isOpen) throw new Refusal('channel_not_found');
    return state;
  }

  message(state: ChannelState, ts: unknown): SlackMessage {
    const message = typeof ts === 'string' ? state.messages.get(ts) : undefined;
    if (message === undefined) throw new Refusal('message_not_found');
    return message;
  }

  /** Writes a message into a conversation. */
  write(
    state: ChannelState,
    content: Omit<SlackMessage, 'type' | 'ts' | 'reactions'>,
  ): SlackMessage {
    const { thread_ts: root } = content;
    const parent = root === undefined ? undefined : state.messages.get(root);
    const message: SlackMessage = {
      ...content,
      ...(parent?.user === undefined ? {} : { parent_user_id: parent.user }),
      type: 'message',
      ts: this.newTs(),
      reactions: [],
    };
    if (parent !== undefined) parent.thread_ts = parent.ts;
    state.messages.set(message.ts, message);
    return message;
  }

  /** Keeps a file of somebody. */
  addFile(file: SlackFile, teamId: string): StoredFile {
    const stored = { ...file, id: this.newId('F'), teamId, shares: new Map<string, string>() };
    this.files.set(stored.id, stored);
    return stored;
  }

  /** The bot a token belongs to. */
  botOf(token: string | undefined): FakeSlackBot {
    if (token === undefined) throw new Refusal('not_authed');
    if (this.revoked.has(token)) throw new Refusal('token_revoked');
    const bot = this.bots.find((known) => known.token === token);
    if (bot !== undefined) return bot;
    const isApp = [...this.apps.values()].some(({ appToken }) => appToken === token);
    throw new Refusal(isApp ? 'not_allowed_token_type' : 'invalid_auth');
  }

  /** The app a token belongs to. */
  appOf(token: string | undefined): FakeSlackApp {
    if (token === undefined) throw new Refusal('not_authed');
    if (this.revoked.has(token)) throw new Refusal('invalid_auth');
    const app = [...this.apps.values()].find(({ appToken }) => appToken === token);
    if (app !== undefined) return app;
    const isBot = this.bots.some((bot) => bot.token === token);
    throw new Refusal(isBot ? 'not_allowed_token_type' : 'invalid_auth');
  }
}
