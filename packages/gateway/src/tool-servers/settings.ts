/**
 * What the config says of one tool server: how it is reached, what of it may be used, and what its
 * tools do. Whatever the server says of itself has no place here.
 *
 * @module
 */
import { isBlockedVariable } from '@portcullis/policy/exec';
import { matchesWildcard } from '@portcullis/policy/tools';

import {
  type ConfigObject,
  type ConfigValue,
  type LoadedConfig,
  formatPath,
  getPath,
  isConfigObject,
  ownValue,
  parsePath,
} from '../config/index.ts';
import { isControlVariable } from '../config/schema/variables.ts';

/** What a tool does, as the operator mapped it. `undefined`: nobody did. */
export type MappedEffect = 'read' | 'search' | 'write' | 'message' | 'exec' | 'control';

/** One tool as the operator mapped it. */
export interface ToolMapping {
  readonly effect: MappedEffect | undefined;
  /** Names of the arguments that say whom or what it reaches. */
  readonly identities: readonly string[];
}

/** One configured server. */
export interface ServerSettings {
  /** Id of the source that speaks its protocol. */
  readonly source: string;
  readonly id: string;
  /** Where it is configured: `mcp.servers.files`. */
  readonly path: string;
  /** `mcp:files`. */
  readonly principal: string;
  readonly program:
    | {
        readonly command: string;
        readonly args: readonly string[];
        readonly cwd: string | undefined;
        /** Names only. */
        readonly env: readonly string[];
        /** Whether it belongs in the sandbox; undefined: as the agents do. */
        readonly sandbox: boolean | undefined;
      }
    | undefined;
  readonly web: { readonly url: string; readonly headers: readonly string[] } | undefined;
  /** The operator vouches for what it says. */
  readonly trusted: boolean;
  /** Whether what it says is private to the owner. */
  readonly private: boolean;
  /** For one call, in milliseconds. */
  readonly timeoutMs: number;
  /** For connecting, in milliseconds. */
  readonly connectMs: number;
  /** Whether the operator lets the agent have this tool at all. */
  readonly offers: (tool: string) => boolean;
  readonly mapping: (tool: string) => ToolMapping;
  /** Why it cannot be used, as one sentence. */
  readonly problem: string | undefined;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,29}$/u;
const EFFECTS: readonly MappedEffect[] = ['read', 'search', 'write', 'message', 'exec', 'control'];
const TIMEOUT_SECONDS = 60;
const CONNECT_SECONDS = 30;
const MOST_SECONDS = 600;
/** Variables that make an interpreter load something, beyond those no command may set. */
const LOADING = /^(?:NODE_(?!ENV$).*|PYTHON.*|KSH_ENV|FPATH|TCLLIBPATH)$/iu;

/** Every server of the config that is not switched off, below `path`. */
export function serversOf(
  config: LoadedConfig,
  source: { readonly id: string; readonly path: string },
): readonly ServerSettings[] {
  const [first, ...rest] = parsePath(source.path);
  // A source has a place of its own, never among the settings of anything else.
  if (rest.length === 0 || (first !== source.id && first !== 'plugins')) return [];
  const servers = getPath(config.value, source.path);
  if (!isConfigObject(servers)) return [];
  return Object.entries(servers).flatMap(([id, block]) =>
    isConfigObject(block) && ownValue(block, 'enabled') !== false
      ? [settingsOf(source, id, block)]
      : [],
  );
}

function settingsOf(
  source: { readonly id: string; readonly path: string },
  id: string,
  block: ConfigObject,
): ServerSettings {
  const command = textAt(block, 'command');
  const url = textAt(block, 'url');
  const env = namesAt(block, 'env');
  const headers = namesAt(block, 'headers');
  const filter = ownValue(block, 'toolFilter');
  const connect =
    numberAt(block, 'connectTimeout') ?? (numberAt(block, 'connectionTimeoutMs') ?? 0) / 1000;
  return {
    source: source.id,
    id,
    path: formatPath([...parsePath(source.path), id]),
    principal: `${source.id}:${id.toLowerCase()}`,
    program:
      command === undefined
        ? undefined
        : {
            command,
            args: textsAt(block, 'args') ?? [],
            cwd: textAt(block, 'cwd') ?? textAt(block, 'workingDirectory'),
            env,
            sandbox: flagAt(block, 'sandbox'),
          },
    web: url === undefined ? undefined : { url, headers },
    trusted: ownValue(block, 'trusted') === true,
    // A program can read what its user can; a server that takes credentials answers with what is theirs.
    private: flagAt(block, 'private') ?? (command !== undefined || headers.length > 0),
    timeoutMs: milliseconds(numberAt(block, 'timeout'), TIMEOUT_SECONDS),
    connectMs: milliseconds(connect, CONNECT_SECONDS),
    offers: (tool) => isOffered(filter, id, tool),
    mapping: (tool) => mappingOf(ownValue(ownValue(block, 'tools'), tool)),
    problem: problemOf(id, block, { command, url, env }),
  };
}

function problemOf(
  id: string,
  block: ConfigObject,
  {
    command,
    url,
    env,
  }: { command?: string | undefined; url?: string | undefined; env: readonly string[] },
): string | undefined {
  const transport = textAt(block, 'transport') ?? textAt(block, 'type');
  const steering = env.find(
    (name) => isBlockedVariable(name) || isControlVariable(name) || LOADING.test(name),
  );
  if (!ID.test(id)) return 'Its name may have letters, digits, "_" and "-", at most 30.';
  if (command !== undefined && url !== undefined) return 'It has a command and a URL: keep one.';
  if (command === undefined && url === undefined) return 'It has neither a command nor a URL.';
  if (block['args'] !== undefined && textsAt(block, 'args') === undefined) {
    return 'Its args are no list of texts.';
  }
  if (steering !== undefined) return 'A variable in its env steers what is run; take it out.';
  if (command !== undefined && transport !== undefined && transport !== 'stdio') {
    return 'A program is spoken to over stdio only.';
  }
  if (url !== undefined && transport === 'stdio') {
    return 'A URL is not spoken to over stdio.';
  }
  if (url !== undefined && transport === 'sse') {
    return 'The older transport "sse" is not offered: use "streamable-http".';
  }
  if (textAt(block, 'auth') === 'oauth') {
    return 'OAuth is not offered: give it a token in headers.';
  }
  if (ownValue(block, 'sslVerify') === false) {
    return 'Certificates are always checked: take sslVerify out.';
  }
  return undefined;
}

function isOffered(filter: ConfigValue | undefined, server: string, tool: string): boolean {
  if (filter === undefined) return true;
  const include = textsAt(filter, 'include');
  const exclude = textsAt(filter, 'exclude');
  // A filter that cannot be read lets nothing through.
  if (ownValue(filter, 'include') !== undefined && include === undefined) return false;
  if (ownValue(filter, 'exclude') !== undefined && exclude === undefined) return false;
  const meets = (patterns: readonly string[]): boolean =>
    patterns.some(
      (pattern) => matchesWildcard(pattern, tool) || matchesWildcard(pattern, `${server}__${tool}`),
    );
  if (meets(exclude ?? [])) return false;
  return include === undefined || include.length === 0 || meets(include);
}

function mappingOf(block: ConfigValue | undefined): ToolMapping {
  const effect = EFFECTS.find((each) => each === ownValue(block, 'effect'));
  return { effect, identities: textsAt(block, 'identities') ?? [] };
}

function milliseconds(seconds: number | undefined, preset: number): number {
  const wanted = seconds === undefined || !(seconds > 0) ? preset : seconds;
  return Math.min(wanted, MOST_SECONDS) * 1000;
}

function textAt(value: ConfigValue | undefined, key: string): string | undefined {
  const found = ownValue(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function numberAt(value: ConfigValue | undefined, key: string): number | undefined {
  const found = ownValue(value, key);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

function flagAt(value: ConfigValue | undefined, key: string): boolean | undefined {
  const found = ownValue(value, key);
  return typeof found === 'boolean' ? found : undefined;
}

/** Undefined when it is no list of texts. */
function textsAt(value: ConfigValue | undefined, key: string): readonly string[] | undefined {
  const found = ownValue(value, key);
  if (!Array.isArray(found)) return undefined;
  const texts = found.filter((each): each is string => typeof each === 'string');
  return texts.length === found.length ? texts : undefined;
}

function namesAt(value: ConfigValue | undefined, key: string): readonly string[] {
  const found = ownValue(value, key);
  return isConfigObject(found) ? Object.keys(found) : [];
}
