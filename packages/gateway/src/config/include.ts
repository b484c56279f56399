/**
 * `$include`: one config made of several files. Promises: nothing outside the config's directory
 * (or a root the operator named) is opened, links included; no cycle, no bomb; the including file
 * always wins over the included one.
 *
 * @module
 */
import { realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigObject,
  type ConfigValue,
  isConfigObject,
  objectOf,
} from './document/config-value.ts';
import { nodeValue, parseDocument } from './document/document.ts';
import { expandHome } from './paths.ts';
import { errnoReason, readTextFile } from './text-file.ts';

/** The key that pulls in other files. */
export const INCLUDE_KEY = '$include';

const MAX_DEPTH = 10;
const MAX_PATH_LENGTH = 4096;
/** Bounds the work of files that include each other in a widening tree. */
const MAX_LOADS = 256;
const MAX_TOTAL_CHARS = 16 * 1024 * 1024;

/** Where includes may come from and which were read. */
export interface IncludeContext {
  readonly configPath: string;
  readonly home: string;
  /** `OPENCLAW_INCLUDE_ROOTS`: more directories, separated like `PATH`. */
  readonly roots: string | undefined;
}

/** A config with its includes worked in. */
export interface Included {
  readonly value: ConfigValue;
  /** Real paths of the files read, each once, in the order they were met. */
  readonly files: readonly string[];
}

function fault(reason: string, from: string, hint: string): PortcullisError {
  return new PortcullisError('config.include', `An $include in ${from} was refused: ${reason}.`, {
    hint,
    details: { path: from },
  });
}

/** Joins two values: objects merge, arrays concatenate, anything else is replaced by the later. */
export function mergeConfig(base: ConfigValue, over: ConfigValue): ConfigValue {
  if (Array.isArray(base) && Array.isArray(over)) return [...base, ...over];
  if (!isConfigObject(base) || !isConfigObject(over)) return over;
  const merged = new Map<string, ConfigValue>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, below === undefined ? value : mergeConfig(below, value));
  }
  return objectOf(merged);
}

function realRoots(context: IncludeContext): readonly string[] {
  const named = (context.roots ?? '').split(delimiter).filter((root) => root.trim() !== '');
  const roots = named.map((root) => expandHome(root.trim(), context.home));
  return [dirname(context.configPath), ...roots].flatMap((root) => {
    try {
      return [realpathSync(root)];
    } catch {
      return [];
    }
  });
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

class Includer {
  readonly files = new Set<string>();
  readonly #roots: readonly string[];
  #loads = 0;
  #chars = 0;

  constructor(context: IncludeContext) {
    this.#roots = realRoots(context);
  }

  /** @param chain real paths from the root file to the one `value` stands in. */
  expand(value: ConfigValue, file: string, chain: readonly string[]): ConfigValue {
    if (Array.isArray(value))
      return value.map((item: ConfigValue) => this.expand(item, file, chain));
    if (!isConfigObject(value)) return value;
    const siblings: [string, ConfigValue][] = [];
    for (const [key, child] of Object.entries(value)) {
      if (key !== INCLUDE_KEY) siblings.push([key, this.expand(child, file, chain)]);
    }
    if (!Object.hasOwn(value, INCLUDE_KEY)) return objectOf(siblings);
    const included = this.#loadAll(value[INCLUDE_KEY], file, chain);
    if (siblings.length === 0) return included;
    if (!isConfigObject(included)) {
      throw fault(
        'the file holds no object, but keys stand beside it',
        file,
        'Let the included file hold an object, or remove the other keys.',
      );
    }
    return mergeConfig(included, objectOf(siblings));
  }

  #loadAll(names: ConfigValue | undefined, file: string, chain: readonly string[]): ConfigValue {
    if (typeof names === 'string') return this.#load(names, file, chain);
    if (
      !Array.isArray(names) ||
      names.length === 0 ||
      !names.every((name) => typeof name === 'string')
    ) {
      throw fault(
        'its value is neither a path nor a list of paths',
        file,
        'Write "$include": "./file.json5" or a list of such paths.',
      );
    }
    const parts = names.map((name: string) => this.#load(name, file, chain));
    return parts.reduce(mergeConfig);
  }

  #load(name: string, file: string, chain: readonly string[]): ConfigValue {
    const path = this.#resolve(name, file);
    if (chain.includes(path)) {
      throw fault('the files include each other in a circle', file, 'Remove one of the includes.');
    }
    if (chain.length > MAX_DEPTH) {
      throw fault(
        `more than ${MAX_DEPTH} files deep`,
        file,
        'Include the files from fewer levels.',
      );
    }
    this.#loads += 1;
    const read = readTextFile(path, { followLinks: false });
    if (read.kind !== 'text') {
      const reason = read.kind === 'missing' ? 'the file does not exist' : read.reason;
      throw fault(`${path} cannot be read, ${reason}`, file, 'Check the path and the permissions.');
    }
    this.#chars += read.text.length;
    if (this.#loads > MAX_LOADS || this.#chars > MAX_TOTAL_CHARS) {
      throw fault('the includes are too many or too large together', file, 'Include fewer files.');
    }
    this.files.add(path);
    return this.expand(nodeValue(parseDocument(read.text, path)), path, [...chain, path]);
  }

  /** The real path of an include, checked against the allowed roots. */
  #resolve(name: string, file: string): string {
    if (name.trim() === '' || name.includes('\0') || name.length >= MAX_PATH_LENGTH) {
      throw fault(
        'its path is empty, too long or holds a NUL',
        file,
        'Write a plain path, relative to this file.',
      );
    }
    let path: string;
    try {
      path = realpathSync(resolve(dirname(file), name));
    } catch (error) {
      throw fault(
        `${JSON.stringify(name)} cannot be found, ${errnoReason(error)}`,
        file,
        'Check the path. It is relative to the file it stands in.',
      );
    }
    if (!this.#roots.some((root) => isInside(path, root))) {
      throw fault(
        'it leads outside the directory of the config',
        file,
        'Move the file beside openclaw.json, or name its directory in OPENCLAW_INCLUDE_ROOTS.',
      );
    }
    return path;
  }
}

/**
 * Replaces every `$include` in a parsed config.
 *
 * @throws PortcullisError `config.include` when a file is refused, `config.syntax` when one does
 * not parse.
 */
export function expandIncludes(value: ConfigObject, context: IncludeContext): Included {
  const includer = new Includer(context);
  let real = context.configPath;
  try {
    real = realpathSync(context.configPath);
  } catch {
    // The text may come from an editor that has not written the file yet.
  }
  const expanded = includer.expand(value, context.configPath, [real]);
  return { value: expanded, files: [...includer.files] };
}
