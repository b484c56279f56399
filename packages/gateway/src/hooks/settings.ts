/**
 * The webhooks of a config: which paths there are, who may call each, and what comes of it.
 *
 * @module
 */
import { type ConfigObject, type ConfigValue, isConfigObject, ownValue } from '../config/index.ts';
import { type SignatureScheme, schemeOf } from './signature.ts';

/** One webhook. */
export interface HookSettings {
  /** `wake`, `agent`, or the path of its mapping: names its session, its rights and its callers. */
  readonly id: string;
  /** What it is called, for the model and for people. */
  readonly name: string;
  /** `wake`: a text in the main session. `agent`: a prompt in a session of the hook's own. */
  readonly action: 'wake' | 'agent';
  /** True for the two that anybody with the token may fill in himself. */
  readonly isOpen: boolean;
  readonly agentId?: string;
  /** May have places that the payload fills: a session for each of them. */
  readonly sessionKey?: string;
  /** Made of the payload: two calls with the same one are one call. */
  readonly idempotencyKey?: string;
  /** Paths of the payload: a call where one of them says yes comes to nothing. */
  readonly ignoreIf: readonly string[];
  /** What the operator wants done with what is delivered. */
  readonly instructions?: string;
  /** What `source` of the payload must say. */
  readonly source?: string;
  readonly template?: string;
  readonly deliver: boolean;
  readonly channel?: string;
  readonly to?: string;
  /** The tools its turn may use: none where none is named. */
  readonly tools: readonly string[];
  /** How the sender signs; without it the token counts. */
  readonly signature?: SignatureScheme;
  /** Config path of its secret. */
  readonly secretPath: string;
}

/** All webhooks by their whole path, with what counts for each of them. */
export interface AllHooks {
  readonly path: string;
  readonly byPath: ReadonlyMap<string, HookSettings>;
  readonly byId: ReadonlyMap<string, HookSettings>;
  readonly allowRequestSessionKey: boolean;
  readonly sessionKeyPrefixes: readonly string[];
  readonly defaultSessionKey?: string;
  /** Unset: any agent. */
  readonly agentIds?: readonly string[];
}

/** Where webhooks are unless the config says otherwise. */
const DEFAULT_PATH = '/hooks';
/** The secret of every hook that names none of its own. */
export const TOKEN_PATH = 'hooks.token';

/** Reads `hooks`. Undefined where they are switched off. */
export function hooksOf(config: ConfigObject): AllHooks | undefined {
  const hooks = ownValue(config, 'hooks');
  if (ownValue(hooks, 'enabled') !== true) return undefined;
  const path = textOf(hooks, 'path')?.replace(/\/+$/u, '') ?? DEFAULT_PATH;
  const tools = textsOf(hooks, 'tools') ?? [];
  const open: Pick<HookSettings, 'isOpen' | 'deliver' | 'tools' | 'secretPath' | 'ignoreIf'> = {
    isOpen: true,
    deliver: false,
    tools,
    secretPath: TOKEN_PATH,
    ignoreIf: [],
  };
  const all: HookSettings[] = [
    { ...open, id: 'wake', name: 'wake', action: 'wake' },
    { ...open, id: 'agent', name: 'agent', action: 'agent' },
  ];
  const mappings = ownValue(hooks, 'mappings');
  for (const [index, each] of (Array.isArray(mappings) ? mappings : []).entries()) {
    const mapping = mappingOf(each, index, tools);
    if (mapping !== undefined) all.push(mapping);
  }
  const agentIds = textsOf(hooks, 'allowedAgentIds');
  const defaultSessionKey = textOf(hooks, 'defaultSessionKey');
  return {
    path,
    byPath: new Map(all.map((hook) => [`${path}/${hook.id}`, hook])),
    byId: new Map(all.map((hook) => [hook.id, hook])),
    allowRequestSessionKey: ownValue(hooks, 'allowRequestSessionKey') === true,
    sessionKeyPrefixes: textsOf(hooks, 'allowedSessionKeyPrefixes') ?? [],
    ...(defaultSessionKey === undefined ? {} : { defaultSessionKey }),
    ...(agentIds === undefined ? {} : { agentIds }),
  };
}

/** Path of a mapping below `hooks.path`. The config check has refused what is none. */
function mappingOf(
  value: ConfigValue,
  index: number,
  tools: readonly string[],
): HookSettings | undefined {
  const id = textOf(ownValue(value, 'match'), 'path')?.replace(/^\/+|\/+$/gu, '');
  if (!isConfigObject(value) || id === undefined || id === '') return undefined;
  const at = `hooks.mappings[${String(index)}]`;
  const signature = schemeOf(ownValue(value, 'signature'));
  const action = textOf(value, 'action') === 'wake' ? 'wake' : 'agent';
  return {
    id,
    name: textOf(value, 'name') ?? id,
    action,
    isOpen: false,
    deliver: ownValue(value, 'deliver') === true,
    tools: textsOf(value, 'tools') ?? tools,
    ignoreIf: textsOf(value, 'ignoreIf') ?? [],
    secretPath: signature === undefined ? TOKEN_PATH : `${at}.signature.secret`,
    ...optional('source', textOf(ownValue(value, 'match'), 'source')),
    ...optional('agentId', textOf(value, 'agentId')),
    ...optional('sessionKey', textOf(value, 'sessionKey')),
    ...optional('idempotencyKey', textOf(value, 'idempotencyKey')),
    ...optional('instructions', textOf(value, 'instructions')),
    ...optional('template', textOf(value, action === 'wake' ? 'textTemplate' : 'messageTemplate')),
    ...optional('channel', textOf(value, 'channel')),
    ...optional('to', textOf(value, 'to')),
    ...optional('signature', signature),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const entry: Partial<Record<K, V>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}

function textOf(section: unknown, key: string): string | undefined {
  const value = ownValue(section, key);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function textsOf(section: unknown, key: string): readonly string[] | undefined {
  const value = ownValue(section, key);
  if (!Array.isArray(value)) return undefined;
  const items: readonly ConfigValue[] = value;
  return items.filter((item) => typeof item === 'string');
}
