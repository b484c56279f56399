/**
 * The networks we have channel packages for, as data: a network joins with a row.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { nearest } from '@portcullis/gateway/config';

import { quote } from '../parse/fault.ts';

/** A secret that a network hands out. */
export interface ChannelSecret {
  /** Key of the account that holds it. */
  readonly key: string;
  /** Stem of the options that hand it over: `token` for `--token-file`. */
  readonly option: string;
  /** Completes "Read … from a file": `the token of the bot`. */
  readonly what: string;
  /** Where a person gets it, as one sentence. */
  readonly from: string;
  readonly form: RegExp;
  /** What may hold it in the environment of the gateway. */
  readonly variable: string;
}

/** Secrets that together make an account, and what the config says for it to use them. */
export interface TokenWay {
  readonly secrets: readonly ChannelSecret[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** How an account of a network is made ours. */
export type WayIn =
  /** With secrets that the network hands out; the usual way first. */
  | { readonly kind: 'token'; readonly ways: readonly [TokenWay, ...TokenWay[]] }
  /** By linking this machine with an app of the person, again whenever the network wants it. */
  | { readonly kind: 'link' };

/** A network. */
export interface KnownChannel {
  readonly id: string;
  readonly label: string;
  readonly wayIn: WayIn;
  /** What an id of a person looks like there, and where people find theirs. */
  readonly personId: RegExp;
  readonly personHint: string;
}

const TELEGRAM_TOKEN: ChannelSecret = {
  key: 'botToken',
  option: 'token',
  what: 'the token of the bot',
  from: 'Write /newbot to @BotFather on Telegram, and copy the whole token it answers with.',
  form: /^\d{3,20}:[\w-]{1,128}$/u,
  variable: 'TELEGRAM_BOT_TOKEN',
};

const DISCORD_TOKEN: ChannelSecret = {
  key: 'token',
  option: 'token',
  what: 'the token of the bot',
  from: 'Make an application at discord.com/developers, and copy the token of its bot.',
  form: /^[\w-]+\.[\w-]+\.[\w-]+$/u,
  variable: 'DISCORD_BOT_TOKEN',
};

const SLACK_BOT_TOKEN: ChannelSecret = {
  key: 'botToken',
  option: 'token',
  what: 'the bot token of the app',
  from: 'Make an app at api.slack.com/apps, install it, and copy its bot token: xoxb-…',
  form: /^xoxb-[\w-]+$/u,
  variable: 'SLACK_BOT_TOKEN',
};

const SLACK_APP_TOKEN: ChannelSecret = {
  key: 'appToken',
  option: 'app-token',
  what: 'the app-level token of the app',
  from: 'Under Basic Information make an app-level token with connections:write: xapp-…',
  form: /^xapp-[\w-]+$/u,
  variable: 'SLACK_APP_TOKEN',
};

const SLACK_SIGNING_SECRET: ChannelSecret = {
  key: 'signingSecret',
  option: 'signing-secret',
  what: 'the signing secret of the app',
  from: 'Copy the signing secret under Basic Information: 32 hex digits.',
  form: /^[\da-f]{32}$/iu,
  variable: 'SLACK_SIGNING_SECRET',
};

/** Every network, the one with the fewest steps first. */
export const KNOWN_CHANNELS: readonly KnownChannel[] = [
  {
    id: 'telegram',
    label: 'Telegram',
    wayIn: { kind: 'token', ways: [{ secrets: [TELEGRAM_TOKEN] }] },
    personId: /^[1-9]\d{0,18}$/u,
    personHint: 'your number, as @userinfobot tells it',
  },
  {
    id: 'discord',
    label: 'Discord',
    wayIn: { kind: 'token', ways: [{ secrets: [DISCORD_TOKEN] }] },
    personId: /^[1-9]\d{16,20}$/u,
    personHint: 'your user id: in developer mode, right-click your name and copy it',
  },
  {
    id: 'slack',
    label: 'Slack',
    wayIn: {
      kind: 'token',
      ways: [
        { secrets: [SLACK_BOT_TOKEN, SLACK_APP_TOKEN], settings: { mode: 'socket' } },
        { secrets: [SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET], settings: { mode: 'http' } },
      ],
    },
    personId: /^[UW][A-Z0-9]{2,20}$/u,
    personHint: 'your member id, from your profile: U012AB3CD',
  },
  {
    id: 'whatsapp',
    label: 'WhatsApp',
    wayIn: { kind: 'link' },
    personId: /^\+[1-9]\d{6,14}$/u,
    personHint: 'your number with its country: +15551234567',
  },
];

/** The name of a network for people: its id where we do not know it. */
export function labelOf(id: string): string {
  return KNOWN_CHANNELS.find((each) => each.id === id)?.label ?? id;
}

/**
 * The network of this id.
 *
 * @throws PortcullisError `channel.unknown`.
 */
export function knownChannel(id: string): KnownChannel {
  const found = KNOWN_CHANNELS.find((each) => each.id === id);
  if (found !== undefined) return found;
  const ids = KNOWN_CHANNELS.map((each) => each.id);
  const meant = nearest(id, ids);
  throw new PortcullisError('channel.unknown', `There is no channel ${quote(id)}.`, {
    hint: `${meant === undefined ? '' : `Did you mean "${meant}"? `}There are ${ids.join(', ')}.`,
  });
}
