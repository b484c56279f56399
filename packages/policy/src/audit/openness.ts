/**
 * Whom the channels of a config let in: found by asking the decisions that would let them in.
 *
 * @module
 */
import { compilePolicy } from '../policy.ts';
import type { IngressInput } from '../ingress/ingress.ts';
import { isObject, own } from '../setting.ts';

/** One account of one channel. */
export interface AccountOpenness {
  readonly channel: string;
  readonly account: string;
  /** Where its settings stand: `channels.telegram` or `channels.telegram.accounts.work`. */
  readonly path: string;
  /** Anybody who writes to it is let in. */
  readonly directIsOpen: boolean;
  /** Anybody in any room it is in is let in, because its room policy is `open`. */
  readonly roomsAreOpen: boolean;
  /** In its open rooms only messages that address it are answered. */
  readonly roomsNeedMention: boolean;
  /** Anybody in any room may wake it by addressing it, although no policy says `open`. */
  readonly roomsByMention: boolean;
}

/** What the accounts of a config let in. */
export interface Openness {
  readonly accounts: readonly AccountOpenness[];
  /** Some account lets anybody in, in a room or in direct messages. */
  readonly isOpen: boolean;
  /** The accounts that do. */
  readonly open: readonly AccountOpenness[];
}

/** Ids of people and rooms that no config names, in the form of each network. */
const NOBODY: Readonly<Record<string, Stranger>> = {
  whatsapp: { sender: '+999000111222333', room: '999000111222333@g.us' },
  telegram: { sender: '999000111222333', room: '-100999000111222' },
  discord: {
    sender: '999000111222333444',
    room: '999000111222333445',
    guild: '999000111222333446',
  },
  slack: { sender: 'U0ZZZZZZZZ9', room: 'C0ZZZZZZZZ9' },
};
const ANYBODY: Stranger = { sender: 'nobody-999000111', room: 'nowhere-999000111' };

interface Stranger {
  readonly sender: string;
  readonly room: string;
  readonly guild?: string;
}

type Ask = (input: IngressInput) => boolean;

function roomInput(channel: string, accountId: string, addressed: boolean): IngressInput {
  const stranger = Object.hasOwn(NOBODY, channel) ? (NOBODY[channel] ?? ANYBODY) : ANYBODY;
  return {
    channel,
    accountId,
    kind: channel === 'slack' || channel === 'discord' ? 'channel' : 'group',
    peerId: stranger.room,
    ...(stranger.guild === undefined ? {} : { guildId: stranger.guild }),
    sender: { id: stranger.sender },
    text: 'hello',
    facts: { nativeMention: addressed, canDetectMention: true },
  };
}

function directInput(channel: string, accountId: string): IngressInput {
  const { sender } = Object.hasOwn(NOBODY, channel) ? (NOBODY[channel] ?? ANYBODY) : ANYBODY;
  return { channel, accountId, kind: 'direct', peerId: sender, sender: { id: sender }, text: 'hi' };
}

function policyOf(holder: unknown, block: unknown, defaults: unknown): unknown {
  return own(holder, 'groupPolicy') ?? own(block, 'groupPolicy') ?? own(defaults, 'groupPolicy');
}

function accountsOf(
  channel: string,
  block: unknown,
): readonly (readonly [string, string, unknown])[] {
  const at = `channels.${channel}`;
  const accounts = own(block, 'accounts');
  const named = isObject(accounts) ? Object.entries(accounts) : [];
  const rows = named.map(([id, account]) => [id, `${at}.accounts.${id}`, account] as const);
  return named.some(([id]) => id === 'default') ? rows : [['default', at, block] as const, ...rows];
}

/** Asks the config of every account whom it lets in. */
export function opennessOf(config: unknown): Openness {
  const policy = compilePolicy(config);
  const lets: Ask = (input) => policy.ingress(input).effect === 'allow';
  const channels = own(config, 'channels');
  const defaults = own(channels, 'defaults');
  const blocks = isObject(channels) ? Object.entries(channels) : [];
  const accounts = blocks
    .filter(([channel]) => channel !== 'defaults')
    .flatMap(([channel, block]) =>
      accountsOf(channel, block).map(([account, path, holder]): AccountOpenness => {
        const isOpen = policyOf(holder, block, defaults) === 'open';
        const addressed = lets(roomInput(channel, account, true));
        const roomsAreOpen = isOpen && addressed;
        return {
          channel,
          account,
          path,
          directIsOpen: lets(directInput(channel, account)),
          roomsAreOpen,
          roomsNeedMention: roomsAreOpen && !lets(roomInput(channel, account, false)),
          roomsByMention: addressed && !isOpen,
        };
      }),
    );
  const open = accounts.filter(({ directIsOpen, roomsAreOpen }) => directIsOpen || roomsAreOpen);
  return { accounts, open, isOpen: open.length > 0 };
}

/** An open policy anywhere below the channels, whatever else narrows it. */
export function hasOpenPolicy(value: unknown, depth = 0): boolean {
  if (!isObject(value) || depth > 8) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      ((key === 'groupPolicy' || key === 'dmPolicy') && member === 'open') ||
      hasOpenPolicy(member, depth + 1),
  );
}
