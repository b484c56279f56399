/**
 * What a channel's audit checks read: the accounts of a configuration.
 *
 * @module
 */
import type { AuditCheck, AuditFinding } from '@portcullis/core';

/** A block of a configuration. */
export type ConfigBlock = Readonly<Record<string, unknown>>;

function block(from: unknown, key: string): ConfigBlock | undefined {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, key)) return undefined;
  const value: unknown = Reflect.get(from, key);
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

/**
 * The block of a channel and each of its accounts merged over it, with the path it stands at:
 * `channels.telegram`, `channels.telegram.accounts.work`. What is switched off is left out.
 */
export function accountBlocks(
  config: unknown,
  channel: string,
): readonly (readonly [path: string, account: ConfigBlock])[] {
  const root = block(block(config, 'channels'), channel);
  if (root === undefined || root['enabled'] === false) return [];
  const path = `channels.${channel}`;
  const named = Object.entries(block(root, 'accounts') ?? {}).map(
    ([id, account]) =>
      [`${path}.accounts.${id}`, { ...root, ...block({ account }, 'account') }] as const,
  );
  return [[path, root] as const, ...named].filter(([, account]) => account['enabled'] !== false);
}

/**
 * Makes an audit check that looks at every account of a channel.
 *
 * @param id Of the check, starting with the channel's: `telegram.webhook_without_secret`.
 * @param find Gets an account with its config path; nothing found is an empty list.
 */
export function accountCheck(
  id: string,
  channel: string,
  find: (path: string, account: ConfigBlock) => readonly AuditFinding[],
): AuditCheck {
  return {
    id,
    check: (config) =>
      accountBlocks(config, channel).flatMap(([path, account]) => find(path, account)),
  };
}
