/**
 * Where a config is wider than the hardened baseline. Promises: what is narrower stays as it is;
 * nothing that it proposes opens anything.
 *
 * @module
 */
import {
  type ConfigEdit,
  type ConfigObject,
  type ConfigValue,
  type LoadedConfig,
  editConfig,
  getPath,
  isConfigObject,
  parseConfigValue,
} from '@portcullis/gateway/config';

import type { Wider } from './question.ts';

/** What opens and closes between two configs. */
export type Compare = (
  before: unknown,
  after: unknown,
) => { readonly opens: readonly unknown[]; readonly closes: Wider['closes'] };

const DENIED = [
  'group:automation',
  'group:runtime',
  'group:fs',
  'sessions_spawn',
  'sessions_send',
] as const;

/** The keys of the baseline, each with what it should be given what it is. */
function proposals(config: ConfigObject): readonly ConfigEdit[] {
  const { channels } = config;
  const networks = isConfigObject(channels) ? Object.keys(channels) : [];
  return [
    { path: 'gateway.bind', value: 'loopback' },
    { path: 'gateway.tailscale.mode', value: 'off' },
    { path: 'session.dmScope', value: 'per-channel-peer' },
    { path: 'tools.profile', value: 'messaging' },
    { path: 'tools.deny', value: union(getPath(config, 'tools.deny'), DENIED) },
    { path: 'tools.fs.workspaceOnly', value: true },
    ...commands(config),
    { path: 'tools.elevated.enabled', value: false },
    ...networks.flatMap((id) => direct(config, id)),
  ];
}

/** Both spellings of the same setting beside each other are an error. */
function commands(config: ConfigObject): readonly ConfigEdit[] {
  if (getPath(config, 'tools.exec.mode') !== undefined) {
    return [{ path: 'tools.exec.mode', value: 'deny' }];
  }
  return [
    { path: 'tools.exec.security', value: 'deny' },
    { path: 'tools.exec.ask', value: 'always' },
  ];
}

function direct(config: ConfigObject, id: string): readonly ConfigEdit[] {
  const isOpen = getPath(config, `channels.${id}.dmPolicy`) === 'open';
  const mention = `channels.${id}.groups["*"].requireMention`;
  return [
    ...(isOpen ? [{ path: `channels.${id}.dmPolicy`, value: 'pairing' }] : []),
    ...(getPath(config, mention) === false ? [{ path: mention, value: true }] : []),
  ];
}

function union(written: ConfigValue | undefined, wanted: readonly string[]): ConfigValue {
  const there = Array.isArray(written) ? written : [];
  return [...there, ...wanted.filter((each) => !there.includes(each))];
}

/**
 * Compares a config with the baseline, key by key: one that would open something is left alone. What
 * one key closes can keep the next from opening anything, so that each goes on from those before it,
 * until nothing comes of it.
 */
export function widerThanBaseline(config: LoadedConfig, compare: Compare): Wider {
  const closed = new Map<string, Wider['closes'][number]>();
  const edits: ConfigEdit[] = [];
  let value: ConfigValue = config.value;
  let left = proposals(config.source);
  for (let before = -1; before !== edits.length;) {
    before = edits.length;
    left = left.filter((edit) => {
      const next = parseConfigValue(editConfig(JSON.stringify(value), [edit]), 'The config');
      const { opens, closes } = compare(value, next);
      if (opens.length > 0 || closes.length === 0) return true;
      const what = [...new Set(closes.map((each) => each.what))].join('; ');
      closed.set(edit.path, { key: edit.path, what });
      edits.push(edit);
      value = next;
      return false;
    });
  }
  return { edits, closes: [...closed.values()] };
}
