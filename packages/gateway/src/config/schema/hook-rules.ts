/**
 * The rules of `hooks`: a webhook that nobody can call safely is refused before the gateway starts.
 * Promises: pure; no finding quotes a value.
 *
 * @module
 */
import {
  type ConfigObject,
  type ConfigValue,
  isConfigObject,
  ownValue,
} from '../document/config-value.ts';
import type { PathSegment } from '../document/key-path.ts';
import type { Findings } from './findings.ts';

type Path = readonly PathSegment[];

/** Paths that something else answers. */
const TAKEN =
  /^\/(?:$|api|v1|channels|tools|__openclaw|health|healthz|ready|readyz|metrics|assets)(?:\/|$)/u;
/** One path below `hooks.path`, in its one spelling. */
const HOOK_PATH = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(?:\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}){0,3}$/u;
const OWN = new Set(['wake', 'agent']);
const HEADER = /^[A-Za-z][A-Za-z0-9-]{0,63}$/u;
/** Texts that a payload fills, the first one as a session of webhooks. */
const FILLED = /^hook:[^{}\s]*(?:\{\{\s*[A-Za-z_][\w.[\]-]{0,199}\s*\}\}[^{}\s]*)+$/u;
const PLACES = /^[^{}]*(?:\{\{\s*[A-Za-z_][\w.[\]-]{0,199}\s*\}\}[^{}]*)+$/u;

/** A literal token that is shorter can be guessed. */
const SHORT = 24;

const MODULES = {
  message:
    'is not supported: no code is loaded for a webhook; use messageTemplate and instructions',
};

/** Reports every rule that `hooks` breaks. */
export function checkHooks(config: ConfigObject, to: Findings): void {
  const hooks = ownValue(config, 'hooks');
  if (!isConfigObject(hooks)) return;
  if (Object.hasOwn(hooks, 'transformsDir')) to.issue(['hooks', 'transformsDir'], MODULES);
  checkPath(hooks, to);
  checkMappings(hooks, to);
  if (ownValue(hooks, 'enabled') !== true) return;
  const token = ownValue(hooks, 'token');
  if (isBlank(token) && isBlank(ownValue(hooks, 'tokenFile'))) {
    to.issue(['hooks', 'token'], { message: 'is required where hooks.enabled is true' });
  }
  if (typeof token === 'string' && !isBlank(token) && token.length < SHORT) {
    to.warn(['hooks', 'token'], 'is short: use 24 characters or more, made by chance');
  }
  const auth = ownValue(ownValue(config, 'gateway'), 'auth');
  const isShared = ['token', 'password'].some((key) => ownValue(auth, key) === token);
  if (typeof token === 'string' && isShared) {
    to.issue(['hooks', 'token'], { message: 'must not be the secret of gateway.auth' });
  }
  const lacksPrefix = isEmpty(ownValue(hooks, 'allowedSessionKeyPrefixes'));
  if (ownValue(hooks, 'allowRequestSessionKey') === true && lacksPrefix) {
    to.issue(['hooks', 'allowedSessionKeyPrefixes'], {
      message: 'is required where hooks.allowRequestSessionKey is true',
    });
  }
}

function checkPath(hooks: ConfigObject, to: Findings): void {
  const path = ownValue(hooks, 'path');
  if (typeof path !== 'string') return;
  const segments = path.split('/').slice(1);
  const isPlain = segments.every((each) => each !== '' && each !== '.' && each !== '..');
  if (!isPlain)
    to.issue(['hooks', 'path'], { message: 'must be a plain path without "." and ".."' });
  else if (TAKEN.test(path)) to.issue(['hooks', 'path'], { message: 'is taken by the gateway' });
}

function checkMappings(hooks: ConfigObject, to: Findings): void {
  const mappings = ownValue(hooks, 'mappings');
  const seen = new Set<string>();
  for (const [index, mapping] of (Array.isArray(mappings) ? mappings : []).entries()) {
    const at = ['hooks', 'mappings', index];
    if (!isConfigObject(mapping)) continue;
    if (Object.hasOwn(mapping, 'transform')) to.issue([...at, 'transform'], MODULES);
    checkMatch(mapping, at, seen, to);
    checkSignature(ownValue(mapping, 'signature'), [...at, 'signature'], to);
    checkNames(mapping, at, to);
    const named = ['channel', 'to'].filter((key) => !isBlank(ownValue(mapping, key)));
    if (named.length === 1) {
      to.issue([...at, 'to'], { message: 'needs both a channel and a receiver on it' });
    }
  }
}

function checkMatch(mapping: ConfigObject, at: Path, seen: Set<string>, to: Findings): void {
  const path = ownValue(ownValue(mapping, 'match'), 'path');
  const where = [...at, 'match', 'path'];
  const id = typeof path === 'string' ? path.replace(/^\/+|\/+$/gu, '') : '';
  if (!HOOK_PATH.test(id)) {
    to.issue(where, { message: 'must be a plain path below hooks.path, such as github' });
  } else if (OWN.has(id)) to.issue(where, { message: 'is a webhook of the gateway itself' });
  else if (seen.has(id)) to.issue(where, { message: 'is the path of another mapping too' });
  else seen.add(id);
}

/** What a sender writes chooses among the sessions of webhooks, and among no others. */
function checkNames(mapping: ConfigObject, at: Path, to: Findings): void {
  const sessionKey = ownValue(mapping, 'sessionKey');
  if (typeof sessionKey === 'string' && sessionKey.includes('{{') && !FILLED.test(sessionKey)) {
    const message =
      'must begin with "hook:" where the payload fills it, such as hook:mail:{{from}}';
    to.issue([...at, 'sessionKey'], { message });
  }
  const idempotencyKey = ownValue(mapping, 'idempotencyKey');
  if (typeof idempotencyKey === 'string' && !PLACES.test(idempotencyKey)) {
    to.issue([...at, 'idempotencyKey'], { message: 'must be made of the payload: {{messageId}}' });
  }
}

function checkSignature(signature: ConfigValue | undefined, at: Path, to: Findings): void {
  if (!isConfigObject(signature)) return;
  const hasSecret = !isBlank(ownValue(signature, 'secret'));
  if (!hasSecret && isBlank(ownValue(signature, 'secretFile'))) {
    to.issue([...at, 'secret'], { message: 'is required' });
  }
  const header = ownValue(signature, 'header');
  const isPreset = ownValue(signature, 'preset') !== undefined;
  if (isPreset && header !== undefined) {
    to.issue([...at, 'header'], { message: 'cannot stand beside "preset"' });
  }
  if (!isPreset && (typeof header !== 'string' || !HEADER.test(header))) {
    to.issue([...at, 'header'], { message: 'must be the name of a header, or "preset" be set' });
  }
  const timestamp = ownValue(signature, 'timestampHeader');
  if (timestamp !== undefined && (typeof timestamp !== 'string' || !HEADER.test(timestamp))) {
    to.issue([...at, 'timestampHeader'], { message: 'must be the name of a header' });
  }
}

function isBlank(value: ConfigValue | undefined): boolean {
  return (
    value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
  );
}

function isEmpty(value: ConfigValue | undefined): boolean {
  return !Array.isArray(value) || value.length === 0;
}
