/**
 * Webhooks: what programs elsewhere may make the gateway do. Nothing is said while they are off.
 *
 * @module
 */
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, at, isSet, textsAt } from './subject.ts';

/** Shorter tokens can be guessed by somebody patient. */
const SHORTEST = 24;

function token({ facts }: AuditSubject): readonly Finding[] {
  const { hooksToken, hooksTokenIsGateways } = facts.secrets ?? {};
  const path = 'hooks.token';
  const found: Finding[] = [];
  if (hooksToken?.length !== undefined && hooksToken.length < SHORTEST) {
    const what = `hooks.token has ${String(hooksToken.length)} characters`;
    found.push(finding('hooks.token_too_short', 'warn', { what, path }));
  }
  if (hooksTokenIsGateways === true) {
    const what = 'hooks.token is the token or password of the gateway';
    found.push(finding('hooks.token_reuse_gateway_token', 'critical', { what, path }));
  }
  if (hooksToken?.from === 'text' && !hooksToken.isBlank) {
    const what = 'hooks.token stands in the config';
    found.push(finding('config.secrets.hooks_token_in_config', 'info', { what, path }));
  }
  return found;
}

function sessions({ config, isRemote }: AuditSubject): readonly Finding[] {
  const found: Finding[] = [];
  const severity = isRemote ? 'critical' : 'warn';
  const preset = at(config, 'hooks.defaultSessionKey');
  if (typeof preset !== 'string' || preset.trim() === '') {
    const what = 'hooks.defaultSessionKey is not set';
    found.push(
      finding('hooks.default_session_key_unset', 'warn', { what, path: 'hooks.defaultSessionKey' }),
    );
  }
  if (at(config, 'hooks.allowRequestSessionKey') !== true) return found;
  const path = 'hooks.allowRequestSessionKey';
  const what = 'Callers choose the session they write into';
  found.push(finding('hooks.request_session_key_enabled', severity, { what, path }));
  const prefixes = textsAt(config, 'hooks.allowedSessionKeyPrefixes');
  if (!prefixes.some((prefix) => prefix.trim() !== '')) {
    found.push(
      finding('hooks.request_session_key_prefixes_missing', severity, {
        what: 'No prefix limits the sessions that callers choose',
        path: 'hooks.allowedSessionKeyPrefixes',
      }),
    );
  }
  return found;
}

function agents({ config, isRemote }: AuditSubject): readonly Finding[] {
  const path = 'hooks.allowedAgentIds';
  const isLimited = isSet(config, path) && !textsAt(config, path).some((id) => id.trim() === '*');
  if (isLimited) return [];
  const severity = isRemote ? 'critical' : 'warn';
  const what = 'Callers reach every agent';
  return [finding('hooks.allowed_agent_ids_unrestricted', severity, { what, path })];
}

function root({ config }: AuditSubject): readonly Finding[] {
  const path = at(config, 'hooks.path');
  if (typeof path !== 'string' || !/^\/+$/.test(path.trim())) return [];
  const what = 'Webhooks are served at the root of the gateway';
  return [finding('hooks.path_root', 'critical', { what, path: 'hooks.path' })];
}

/** The checks of webhooks. */
export const hookChecks: readonly Check[] = [
  (subject) =>
    at(subject.config, 'hooks.enabled') === true
      ? [...token(subject), ...root(subject), ...sessions(subject), ...agents(subject)]
      : [],
];
