/**
 * Checks `channels`: the keys every channel has, then the options of each account with the schema
 * its package brings. Promises: synchronous; a schema that throws is an issue, not a crash.
 *
 * @module
 */
import type { StandardSchema } from '@portcullis/core';
import {
  type ConfigObject,
  type ConfigValue,
  isConfigObject,
  objectOf,
  ownValue,
} from '../document/config-value.ts';
import type { Findings } from './findings.ts';
import type { PathSegment } from '../document/key-path.ts';
import { nearest } from './nearest.ts';
import { checkNode } from './schema-walk.ts';
import { RESERVED_CHANNEL_IDS } from './channel-keys.ts';
import { type KeyNode, commonChannelTree, schemaTree } from './key-tree.ts';
import { OPENCLAW_CHANNELS } from './openclaw-keys.ts';

type Schemas = Readonly<Record<string, StandardSchema>>;

/** Keys of a channel block that name accounts instead of setting options. */
const ACCOUNT_KEYS = new Set(['accounts', 'defaultAccount']);

function withoutAccounts(block: ConfigObject): ConfigObject {
  return objectOf(Object.entries(block).filter(([key]) => !ACCOUNT_KEYS.has(key)));
}

/**
 * The options of one account: those of the channel, each replaced by the account's own where it
 * has one. An account that is not listed has the channel's options.
 *
 * @example
 * ```ts
 * accountOptions({ channels: { telegram: { dmPolicy: 'pairing', accounts: { work: {} } } } }, 'telegram', 'work');
 * // { dmPolicy: 'pairing' }
 * ```
 */
export function accountOptions(
  config: ConfigObject,
  channel: string,
  account: string = 'default',
): ConfigObject {
  const block = ownValue(ownValue(config, 'channels'), channel);
  if (!isConfigObject(block)) return {};
  const own = ownValue(ownValue(block, 'accounts'), account);
  const entries = Object.entries(withoutAccounts(block));
  return objectOf(new Map([...entries, ...Object.entries(isConfigObject(own) ? own : {})]));
}

function schemaPath(issuePath: readonly unknown[] | undefined): readonly PathSegment[] {
  return (issuePath ?? []).map((part) => {
    const key = typeof part === 'object' && part !== null && 'key' in part ? part.key : part;
    return typeof key === 'number' ? key : String(key);
  });
}

function runSchema(
  schema: StandardSchema,
  options: ConfigObject,
  path: readonly PathSegment[],
  to: Findings,
): void {
  try {
    const result = schema['~standard'].validate(options);
    if (result instanceof Promise) {
      result.catch(() => undefined);
      to.issue(path, { message: 'cannot be checked: the schema of its package is asynchronous' });
      return;
    }
    for (const issue of result.issues ?? []) {
      to.issue([...path, ...schemaPath(issue.path)], { message: issue.message });
    }
  } catch {
    to.issue(path, { message: 'cannot be checked: the schema of its package failed' });
  }
}

function runSchemas(
  channel: string,
  block: ConfigObject,
  schema: StandardSchema,
  to: Findings,
): void {
  const path = ['channels', channel];
  const config = { channels: objectOf([[channel, block]]) };
  const accounts = ownValue(block, 'accounts');
  const ids = isConfigObject(accounts) ? Object.keys(accounts) : [];
  if (ids.length === 0) runSchema(schema, withoutAccounts(block), path, to);
  for (const id of ids) {
    runSchema(schema, accountOptions(config, channel, id), [...path, 'accounts', id], to);
  }
}

function warnUnchecked(channel: string, to: Findings): void {
  const known = OPENCLAW_CHANNELS.includes(channel);
  const meant = known ? undefined : nearest(channel, OPENCLAW_CHANNELS);
  const hint = meant === undefined ? '' : `, did you mean "${meant}"?`;
  to.warn(
    ['channels', channel],
    `no installed package offers this channel, so its block is left unchecked${hint}`,
  );
}

/** What is known of the keys of one channel. */
interface KnownOf {
  readonly schemas: Schemas | undefined;
  readonly tabled: KeyNode | undefined;
  /** Whether an allowed plugin of others may bring it: its own keys are checked when it is loaded. */
  readonly isForeign: boolean;
}

/** Whether the config allows the plugin that would bring this channel. */
function isAllowed(plugins: ConfigValue | undefined, channel: string): boolean {
  if (!isConfigObject(plugins) || plugins['enabled'] === false) return false;
  const lists = [plugins['allow'], plugins['deny']].map((list) =>
    Array.isArray(list) ? list : [],
  );
  return lists[0]?.includes(channel) === true && lists[1]?.includes(channel) === false;
}

function checkBlock(
  channel: string,
  block: ConfigValue,
  { schemas, tabled, isForeign }: KnownOf,
  to: Findings,
): void {
  const path = ['channels', channel];
  const schema =
    schemas !== undefined && Object.hasOwn(schemas, channel) ? schemas[channel] : undefined;
  if (RESERVED_CHANNEL_IDS.includes(channel) || !/^[a-z0-9][a-z0-9_-]{0,63}$/u.test(channel)) {
    to.issue(path, { message: 'is no channel id' });
  } else if (
    schema === undefined &&
    !isForeign &&
    (schemas !== undefined || tabled === undefined)
  ) {
    warnUnchecked(channel, to);
  } else if (isConfigObject(block)) {
    checkNode(tabled ?? commonChannelTree(), block, path, to, false);
    if (schema !== undefined) runSchemas(channel, block, schema, to);
  } else {
    to.issue(path, { message: 'must be an object' });
  }
}

/** Checks every block below `channels`. `plugins` says which plugins of others are allowed. */
export function checkChannels(
  channels: ConfigValue,
  {
    schemas,
    plugins,
  }: { readonly schemas: Schemas | undefined; readonly plugins: ConfigValue | undefined },
  to: Findings,
): void {
  if (!isConfigObject(channels)) {
    to.issue(['channels'], { message: 'must be an object' });
    return;
  }
  const nodes = schemaTree().children.get('channels')?.children;
  for (const [key, block] of Object.entries(channels)) {
    const node = nodes?.get(key);
    if (key === 'defaults' || key === 'modelByChannel') {
      if (node !== undefined) checkNode(node, block, ['channels', key], to, false);
    } else {
      const isForeign = node === undefined && isAllowed(plugins, key);
      checkBlock(key, block, { schemas, tabled: node, isForeign }, to);
    }
  }
}
