/**
 * What `openclaw security audit --fix` changes of a config. Promises: pure; nobody is let in who was
 * not let in before; a change that gives anybody anything is marked.
 *
 * @module
 */
import { isObject, own } from '../../setting.ts';
import type { AuditFacts } from '../facts.ts';
import { at } from '../subject.ts';

/** A key to set. */
export interface ConfigFix {
  readonly path: readonly string[];
  readonly value: string | readonly string[];
  /** The change in one line: `channels.telegram.groupPolicy=open -> allowlist`. */
  readonly line: string;
  /**
   * It names people, who can do more than before where they are named: it is made only when somebody
   * said yes to it.
   */
  readonly asks: boolean;
}

/** The settings of a channel, then those of each of its accounts. */
function holdersOf(
  channel: string,
  block: unknown,
): readonly (readonly [readonly string[], unknown])[] {
  const root = ['channels', channel];
  const accounts = own(block, 'accounts');
  const named = isObject(accounts) ? Object.entries(accounts) : [];
  return [
    [root, block],
    ...named.map(([id, account]) => [[...root, 'accounts', id], account] as const),
  ];
}

function isListed(holder: unknown, key: string): boolean {
  const list = own(holder, key);
  return Array.isArray(list) && list.length > 0;
}

/** Rooms of a WhatsApp account that named nobody go on for those who were let in by pairing. */
function senders(
  channel: string,
  [path, holder]: readonly [readonly string[], unknown],
  { paired }: Pick<AuditFacts, 'paired'>,
): readonly ConfigFix[] {
  if (channel !== 'whatsapp') return [];
  if (isListed(holder, 'allowFrom') || isListed(holder, 'groupAllowFrom')) return [];
  const value = paired?.['whatsapp']?.['default'] ?? [];
  // A wildcard among them would hold the door as open as it was.
  const ids = value.filter((id) => id !== '*');
  if (ids.length === 0) return [];
  const key = [...path, 'groupAllowFrom'];
  return [{ path: key, value: ids, line: `${key.join('.')}=pairing-store`, asks: true }];
}

/**
 * The keys to set so that no room is open to everybody. `config` is with variables put in.
 *
 * @example
 * ```ts
 * configFixes({ channels: { telegram: { groupPolicy: 'open' } } })[0]?.line;
 * // 'channels.telegram.groupPolicy=open -> allowlist'
 * ```
 */
export function configFixes(
  config: unknown,
  facts: Pick<AuditFacts, 'paired'> = {},
): readonly ConfigFix[] {
  const channels = at(config, 'channels');
  if (!isObject(channels)) return [];
  return Object.entries(channels).flatMap(([channel, block]) =>
    holdersOf(channel, block).flatMap((each) => {
      const [path, holder] = each;
      if (own(holder, 'groupPolicy') !== 'open') return [];
      const key = [...path, 'groupPolicy'];
      const line = `${key.join('.')}=open -> allowlist`;
      const close = { path: key, value: 'allowlist', line, asks: false };
      return [...senders(channel, each, facts), close];
    }),
  );
}
