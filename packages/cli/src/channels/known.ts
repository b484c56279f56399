/**
 * The networks we have channel packages for, as data: a network joins with a row.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { nearest } from '@portcullis/gateway/config';

import { quote } from '../parse/fault.ts';

/** How an account of a network is made ours. */
export type WayIn =
  /** With a secret that the network hands out. */
  | {
      readonly kind: 'token';
      /** Key of the account that holds it. */
      readonly key: string;
      /** Completes "Read … from a file": `the token of the bot`. */
      readonly what: string;
      /** Where a person gets it, as one sentence. */
      readonly from: string;
      readonly form: RegExp;
    }
  /** By linking this machine with an app of the person, again whenever the network wants it. */
  | { readonly kind: 'link' };

/** A network. */
export interface KnownChannel {
  readonly id: string;
  readonly label: string;
  readonly wayIn: WayIn;
}

/** Every network, the one with the fewest steps first. */
export const KNOWN_CHANNELS: readonly KnownChannel[] = [
  {
    id: 'telegram',
    label: 'Telegram',
    wayIn: {
      kind: 'token',
      key: 'botToken',
      what: 'the token of the bot',
      from: 'Write /newbot to @BotFather on Telegram, and copy the whole token it answers with.',
      form: /^\d{3,20}:[\w-]{1,128}$/u,
    },
  },
  {
    id: 'discord',
    label: 'Discord',
    wayIn: {
      kind: 'token',
      key: 'token',
      what: 'the token of the bot',
      from: 'Make an application at discord.com/developers, and copy the token of its bot.',
      form: /^[\w-]+\.[\w-]+\.[\w-]+$/u,
    },
  },
  {
    id: 'slack',
    label: 'Slack',
    wayIn: {
      kind: 'token',
      key: 'botToken',
      what: 'the token of the bot',
      from: 'Make an app at api.slack.com/apps, install it, and copy its bot token.',
      form: /^xoxb-[\w-]+$/u,
    },
  },
  { id: 'whatsapp', label: 'WhatsApp', wayIn: { kind: 'link' } },
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
