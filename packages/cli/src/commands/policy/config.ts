/**
 * The configs that policy commands ask, and where in their files a key stands.
 *
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import {
  type DocumentNode,
  type LoadedConfig,
  loadConfig,
  parseConfigValue,
  parseDocument,
} from '@portcullis/gateway/config';
import { followPath } from '@portcullis/policy/explain';

import type { Invocation } from '../../command.ts';

/** Loads a config to ask it. What is wrong with it is said, not thrown: it still decides. */
export function configToAsk(
  { context, out, json }: Invocation,
  file: string | undefined,
): LoadedConfig {
  const { env, paths } = context;
  const configPath = file === undefined ? paths.configPath : resolve(file);
  const loaded = loadConfig({ env, paths: { ...paths, configPath }, invalid: 'report' });
  if (file !== undefined && !loaded.exists) throw noFile(configPath);
  if (json) return loaded;
  if (!loaded.exists) out.warn(`There is no ${configPath}; defaults apply.`);
  for (const { path, message } of loaded.issues) {
    out.warn(`${configPath} is not valid: ${path}: ${message}`);
  }
  return loaded;
}

/** A file somebody named that is not there. */
export function noFile(path: string): PortcullisError {
  return new PortcullisError('policy.no_file', `There is no file ${path}.`, {
    hint: 'Check the path.',
    details: { path },
  });
}

/** A JSON5 file as a value. Throws `policy.no_file`, `config.syntax`. */
export function readDocument(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw noFile(path);
  }
  return parseConfigValue(text, path);
}

/** Where a key stands. */
export interface KeyLocation {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** False when the key is not set, and the line is that of the nearest key above it. */
  readonly isSet: boolean;
}

/** Where the setting that decided stands, or undefined when it is none of the config. */
export function locate(config: LoadedConfig, path: string): KeyLocation | undefined {
  if (!config.exists) return undefined;
  const { keys, rest } = followPath(config.source, path);
  const wanted = path.startsWith('<default>') ? path.slice('<default>'.length) : path;
  // Facts of the message have paths too, such as `input.sender.id`.
  if (keys.length === 0 && !/^[a-z]+(?:\.|$)/i.test(wanted)) return undefined;
  if (keys.length === 0 && /^(?:input|state|event|credentials)\b/.test(wanted)) return undefined;
  const root = parseDocument(config.raw, config.path);
  const at = find({ file: config.path, text: config.raw, node: root, start: 0 }, keys);
  const isSet = rest === '' && !path.startsWith('<default>') && at.rest.length === 0;
  return { file: at.place.file, line: lineAt(at.place), isSet };
}

interface Place {
  readonly file: string;
  readonly text: string;
  readonly node: DocumentNode;
  /** Where its key begins. */
  readonly start: number;
}

/** The deepest place on the way; what could not be followed is `rest`. */
function find(place: Place, keys: readonly string[]): { place: Place; rest: readonly string[] } {
  const [key, ...rest] = keys;
  const { node } = place;
  if (key === undefined || node.kind === 'scalar') return { place, rest: keys };
  const member = node.members.find((each) => each.key === key);
  if (member !== undefined) {
    return find({ ...place, node: member.value, start: member.start }, rest);
  }
  for (const included of includesOf(place).toReversed()) {
    const found = find(included, keys);
    if (found.rest.length < keys.length) return found;
  }
  return { place, rest: keys };
}

/** The files an object pulls in. They were read when the config was loaded. */
function includesOf({ file, node }: Place): readonly Place[] {
  if (node.kind !== 'object') return [];
  const value = node.members.find(({ key }) => key === '$include')?.value;
  const nodes = value?.kind === 'array' ? value.members.map((each) => each.value) : [value];
  return nodes.flatMap((each): readonly Place[] => {
    if (each?.kind !== 'scalar' || typeof each.value !== 'string') return [];
    try {
      const path = realpathSync(resolve(dirname(file), each.value));
      const text = readFileSync(path, 'utf8');
      return [{ file: path, text, node: parseDocument(text, path), start: 0 }];
    } catch {
      // It was there a moment ago; then the line of the include has to do.
      return [];
    }
  });
}

function lineAt({ text, start }: Place): number {
  return text.slice(0, start).split('\n').length;
}
