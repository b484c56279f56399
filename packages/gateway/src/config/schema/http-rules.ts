/**
 * The rules of `gateway.http`: a token that could be guessed, that is somebody else's, or whose
 * rights are misspelt is refused before the gateway starts. Promises: pure; no finding quotes a value.
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

const SCOPES: ReadonlySet<unknown> = new Set(['operator.read', 'operator.write', 'operator.admin']);

/** A name that can stand in a principal, a session key and a metric. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/u;

/** A literal token that is shorter can be guessed. */
const SHORT = 24;

/** Paths that something else answers, and such as no request can have. */
const TAKEN =
  /^\/(?:api|v1|channels|hooks|tools|metrics|__openclaw|health|healthz|ready|readyz)(?:\/|$)|\/\/|\/\.{1,2}(?:\/|$)/u;

/** Reports every rule that `gateway.http` and `gateway.controlUi.basePath` break. */
export function checkHttp(config: ConfigObject, to: Findings): void {
  const gateway = ownValue(config, 'gateway');
  const basePath = ownValue(ownValue(gateway, 'controlUi'), 'basePath');
  if (typeof basePath === 'string' && TAKEN.test(basePath)) {
    const message = 'is a path that something else answers, or no request can have';
    to.issue(['gateway', 'controlUi', 'basePath'], { message });
  }
  const tokens = ownValue(ownValue(gateway, 'http'), 'tokens');
  if (!isConfigObject(tokens)) return;
  const others: readonly ConfigValue[] = [
    ownValue(ownValue(gateway, 'auth'), 'token'),
    ownValue(ownValue(gateway, 'auth'), 'password'),
    ownValue(ownValue(config, 'hooks'), 'token'),
  ].filter((value) => value !== undefined);
  const taken = new Set<ConfigValue>(others);
  for (const [name, entry] of Object.entries(tokens)) {
    const at = ['gateway', 'http', 'tokens', name];
    if (!NAME.test(name)) {
      to.issue(at, { message: 'is no name: use a-z, 0-9, "_" and "-", at most 64' });
    }
    checkToken(entry, at, taken, to);
  }
}

function checkToken(
  entry: ConfigValue,
  at: readonly PathSegment[],
  taken: Set<ConfigValue>,
  to: Findings,
): void {
  const token = ownValue(entry, 'token');
  if (token === undefined && ownValue(entry, 'tokenFile') === undefined) {
    to.issue([...at, 'token'], { message: 'is required, or tokenFile' });
  }
  if (typeof token === 'string') {
    if (token.length < SHORT) {
      to.issue([...at, 'token'], {
        message: 'is short: use 24 characters or more, made by chance',
      });
    }
    if (taken.has(token)) {
      to.issue([...at, 'token'], { message: 'is a secret of something else too' });
    }
    taken.add(token);
  }
  const scopes = ownValue(entry, 'scopes');
  for (const [index, scope] of (Array.isArray(scopes) ? scopes : []).entries()) {
    if (SCOPES.has(scope)) continue;
    to.issue([...at, 'scopes', index], {
      message: 'must be one of "operator.read", "operator.write", "operator.admin"',
    });
  }
}
