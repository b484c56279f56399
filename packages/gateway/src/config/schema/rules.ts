/**
 * The rules of a config that concern more than one key. Promises: pure; each rule reads only what
 * it names and leaves wrong types to the table.
 *
 * @module
 */
import {
  type ConfigObject,
  type ConfigValue,
  isConfigObject,
  ownValue,
} from '../document/config-value.ts';
import type { Findings } from './findings.ts';
import { checkHooks } from './hook-rules.ts';
import { checkHttp } from './http-rules.ts';
import { isIdentifier } from './identifier.ts';
import type { PathSegment } from '../document/key-path.ts';
import { isControlVariable } from './variables.ts';

type Path = readonly PathSegment[];

/** Calls `visit` for every object in a value, the value itself included. */
function eachObject(
  value: ConfigValue | undefined,
  path: Path,
  visit: (object: ConfigObject, path: Path) => void,
): void {
  if (Array.isArray(value)) {
    value.forEach((item: ConfigValue, index) => eachObject(item, [...path, index], visit));
  } else if (isConfigObject(value)) {
    visit(value, path);
    for (const [key, child] of Object.entries(value)) eachObject(child, [...path, key], visit);
  }
}

function has(object: ConfigObject, key: string): boolean {
  return Object.hasOwn(object, key) && object[key] !== undefined;
}

function checkToolScopes(config: ConfigObject, to: Findings): void {
  for (const section of ['tools', 'agents', 'channels']) {
    eachObject(ownValue(config, section), [section], (object, path) => {
      if (Array.isArray(object['allow']) && Array.isArray(object['alsoAllow'])) {
        to.issue([...path, 'alsoAllow'], { message: 'cannot stand beside "allow" in one scope' });
      }
      const exec = ownValue(object, 'exec');
      const inTools = path.at(-1) === 'tools';
      if (!inTools || !isConfigObject(exec) || !has(exec, 'mode')) return;
      for (const key of ['security', 'ask']) {
        if (has(exec, key)) {
          to.issue([...path, 'exec', 'mode'], {
            message: `cannot stand beside "${key}" in one scope`,
          });
        }
      }
    });
  }
}

/** The first of two spellings that is set, the account's before the channel's. */
function effective(
  account: ConfigObject,
  channel: ConfigObject,
  key: string,
  older: string,
): ConfigValue | undefined {
  for (const block of [account, channel]) {
    const value = ownValue(block, key) ?? ownValue(ownValue(block, 'dm'), older);
    if (value !== undefined) return value;
  }
  return undefined;
}

function checkDirectMessages(
  account: ConfigObject,
  channel: ConfigObject,
  path: Path,
  to: Findings,
): void {
  const policy = effective(account, channel, 'dmPolicy', 'policy');
  const list = effective(account, channel, 'allowFrom', 'allowFrom');
  const entries: readonly ConfigValue[] = Array.isArray(list) ? list : [];
  const hasAny = entries.some(
    (entry) => typeof entry === 'number' || (typeof entry === 'string' && entry.trim() !== ''),
  );
  const hasStar = entries.some((entry) => typeof entry === 'string' && entry.trim() === '*');
  if (policy === 'open' && !hasStar) {
    to.issue([...path, 'dmPolicy'], {
      message: '"open" needs "*" in allowFrom, to say in so many words that anyone may write',
    });
  }
  if (policy === 'allowlist' && !hasAny) {
    to.issue([...path, 'dmPolicy'], {
      message: '"allowlist" needs at least one entry in allowFrom',
    });
  }
}

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;
const ENDPOINT_KEYS = ['apiRoot', 'apiUrl', 'socketUrl'];

function isLoopbackUrl(value: string): boolean {
  return URL.canParse(value) && LOOPBACK_HOST.test(new URL(value).hostname);
}

function checkEndpoints(
  account: ConfigObject,
  channel: ConfigObject,
  path: Path,
  to: Findings,
): void {
  const allowed =
    ownValue(account, 'dangerouslyAllowEndpoint') ?? ownValue(channel, 'dangerouslyAllowEndpoint');
  for (const key of ENDPOINT_KEYS) {
    const value = ownValue(account, key);
    if (typeof value !== 'string' || allowed === true || isLoopbackUrl(value)) continue;
    to.issue([...path, key], {
      message:
        'must be an address on this machine, because it receives the credentials of the account; dangerouslyAllowEndpoint lifts this',
    });
  }
}

function checkChannelRules(config: ConfigObject, to: Findings): void {
  const channels = ownValue(config, 'channels');
  for (const [id, block] of isConfigObject(channels) ? Object.entries(channels) : []) {
    if (!isConfigObject(block) || id === 'defaults' || id === 'modelByChannel') continue;
    const path = ['channels', id];
    checkEndpoints(block, block, path, to);
    checkDirectMessages(block, block, path, to);
    const accounts = ownValue(block, 'accounts');
    for (const [name, account] of isConfigObject(accounts) ? Object.entries(accounts) : []) {
      if (!isConfigObject(account)) continue;
      const at = [...path, 'accounts', name];
      checkEndpoints(account, block, at, to);
      const decides = ['dmPolicy', 'allowFrom', 'dm'].some((key) => has(account, key));
      if (decides) checkDirectMessages(account, block, at, to);
    }
  }
}

function checkAgents(config: ConfigObject, to: Findings): void {
  const agents = ownValue(config, 'agents');
  const list = ownValue(agents, 'list');
  const entries = ownValue(agents, 'entries');
  const seen = new Set<string>(
    isConfigObject(entries) ? Object.keys(entries).map((id) => id.trim().toLowerCase()) : [],
  );
  let defaults = isConfigObject(entries)
    ? Object.values(entries).filter((agent) => ownValue(agent, 'default') === true).length
    : 0;
  for (const [index, agent] of (Array.isArray(list) ? list : []).entries()) {
    const path = ['agents', 'list', index, 'id'];
    const id = ownValue(agent, 'id');
    if (ownValue(agent, 'default') === true) defaults += 1;
    if (typeof id !== 'string') to.issue(path, { message: 'is required' });
    else if (!isIdentifier(id))
      to.issue(path, { message: 'is no agent id: use a-z, 0-9, "_" and "-", at most 64' });
    else if (seen.has(id.trim().toLowerCase()))
      to.issue(path, { message: 'is the id of another agent too' });
    else seen.add(id.trim().toLowerCase());
  }
  if (defaults > 1) to.issue(['agents'], { message: 'only one agent can be the default' });
}

function checkIdentityLinks(config: ConfigObject, to: Findings): void {
  const links = ownValue(ownValue(config, 'session'), 'identityLinks');
  const owners = new Map<string, string>();
  const names = new Set<string>();
  for (const [name, identities] of isConfigObject(links) ? Object.entries(links) : []) {
    const path = ['session', 'identityLinks', name];
    if (names.has(name.toLowerCase()))
      to.issue(path, { message: 'names the same person as another link' });
    names.add(name.toLowerCase());
    for (const identity of Array.isArray(identities) ? identities : []) {
      const key = String(identity).trim().toLowerCase();
      const owner = owners.get(key);
      if (owner !== undefined && owner !== name) {
        to.issue(path, {
          message: 'shares an identity with another link, which would merge two people',
        });
      }
      owners.set(key, name);
    }
  }
}

function checkNames(value: ConfigValue | undefined, path: Path, to: Findings): void {
  for (const name of isConfigObject(value) ? Object.keys(value) : []) {
    const at = [...path, name];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) to.issue(at, { message: 'is no variable name' });
    else if (isControlVariable(name)) {
      to.issue(at, { message: 'steers programs or the gateway itself and cannot be set here' });
    }
  }
}

function checkVariables(config: ConfigObject, to: Findings): void {
  checkNames(ownValue(ownValue(config, 'env'), 'vars'), ['env', 'vars'], to);
  const servers = ownValue(ownValue(config, 'mcp'), 'servers');
  for (const [id, server] of isConfigObject(servers) ? Object.entries(servers) : []) {
    checkNames(ownValue(server, 'env'), ['mcp', 'servers', id, 'env'], to);
  }
}

/** Reports every rule the config breaks. */
export function checkRules(config: ConfigObject, to: Findings): void {
  checkToolScopes(config, to);
  checkChannelRules(config, to);
  checkAgents(config, to);
  checkIdentityLinks(config, to);
  checkVariables(config, to);
  checkHooks(config, to);
  checkHttp(config, to);
}
