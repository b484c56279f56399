/**
 * What is reached beside the page: HTTP, other machines, the local network.
 *
 * @module
 */
import { configuredMode, counts, secretRemedy } from './credentials.ts';
import type { SecretFact, SecretFacts } from './facts.ts';
import { isKnownCommand } from '../nodes/commands.ts';
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, at, textsAt } from './subject.ts';

function canShow(secret: SecretFact | undefined): boolean {
  return counts(secret) && (secret?.length !== undefined || secret?.isUnread === true);
}

/** Whether HTTP requests can show a secret at all. References that led to nothing do not count. */
function hasHttpSecret(subject: AuditSubject): boolean {
  const { token, password }: SecretFacts = subject.facts.secrets ?? {};
  switch (configuredMode(subject)) {
    case 'none':
      return false;
    case 'trusted-proxy':
      return true;
    case 'token':
      return canShow(token);
    case 'password':
      return canShow(password);
    case undefined:
      return canShow(token) || canShow(password);
  }
}

/** Tools that a request over HTTP never reaches unless they are named. */
const HTTP_DENIED: ReadonlySet<string> = new Set([
  'exec',
  'bash',
  'system.run',
  'process',
  'spawn',
  'shell',
  'fs_write',
  'fs_delete',
  'fs_move',
  'write',
  'edit',
  'apply_patch',
  'apply-patch',
  'code_execution',
  'subagents',
  'webhook',
  'terminal',
  'portal',
  'sessions_spawn',
  'sessions_send',
  'automations',
  'cron',
  'gateway',
  'plugins',
  'nodes',
  'computer',
  'mobile_ui',
  'openclaw',
]);

const http: Check = (subject) => {
  const { config, isExposed, isRemote } = subject;
  const found: Finding[] = [];
  if (!hasHttpSecret(subject)) {
    const what = 'Requests over HTTP have no secret to show';
    found.push(
      finding('gateway.http.no_auth', isRemote ? 'critical' : 'warn', {
        what,
        path: 'gateway.auth',
        ...secretRemedy(subject),
      }),
    );
  }
  const endpoints = ['chatCompletions', 'responses'].filter(
    (name) => at(config, `gateway.http.endpoints.${name}.enabled`) === true,
  );
  if (endpoints.length > 0) {
    const what = `Clients of ${endpoints.join(' and ')} may name the session they write into`;
    found.push(
      finding('gateway.http.session_key_override_enabled', 'info', {
        what,
        path: `gateway.http.endpoints.${endpoints[0] ?? ''}.enabled`,
      }),
    );
  }
  const dangerous = textsAt(config, 'gateway.tools.allow').filter((tool) =>
    isHttpDenied(tool.trim().toLowerCase()),
  );
  if (dangerous.length > 0) {
    const isBad = isExposed || at(config, 'gateway.tailscale.mode') === 'funnel';
    const what = `A request over HTTP may call ${dangerous.join(', ')}`;
    found.push(
      finding('gateway.tools_invoke_http.dangerous_allow', isBad ? 'critical' : 'warn', {
        what,
        path: 'gateway.tools.allow',
      }),
    );
  }
  return found;
};

/** A conversation tool by whatever name; other names of the same tools too. */
function isHttpDenied(tool: string): boolean {
  return HTTP_DENIED.has(tool) || tool.startsWith('conversations_');
}

/** Commands of other machines that see, record, spend or run. */
const DANGEROUS_COMMANDS =
  /^(?:camera\.(?:snap|clip|ptz\.control)|screen\.record|computer\.|contacts\.add|calendar\.add|reminders\.add|sms\.|callLog\.|health\.|system\.run|browser\.proxy|fs\.|terminal\.)/;

const nodes: Check = ({ config, isRemote }) => {
  const base = 'gateway.nodes.commands';
  const denied = textsAt(config, `${base}.deny`).map((name) => name.trim());
  const allowed = textsAt(config, `${base}.allow`).map((name) => name.trim());
  const dangerous = allowed.filter(
    (name) => DANGEROUS_COMMANDS.test(name) && !denied.includes(name),
  );
  const found: Finding[] = [];
  if (dangerous.length > 0) {
    const what = `Other machines may be asked for ${dangerous.join(', ')}`;
    const severity = isRemote ? 'critical' : 'warn';
    found.push(
      finding('gateway.nodes.allow_commands_dangerous', severity, { what, path: `${base}.allow` }),
    );
  }
  const idle = denied.filter((name) => !isKnownCommand(name) && !allowed.includes(name));
  if (idle.length > 0) {
    const what = `These entries name no command and deny nothing: ${idle.join(', ')}`;
    found.push(
      finding('gateway.nodes.deny_commands_ineffective', 'warn', { what, path: `${base}.deny` }),
    );
  }
  return found;
};

const discovery: Check = ({ config, isExposed }) => {
  const path = 'discovery.mdns.mode';
  if (at(config, path) !== 'full') return [];
  const what = 'The gateway tells the local network where its files are and which version it is';
  return [finding('discovery.mdns_full_mode', isExposed ? 'critical' : 'warn', { what, path })];
};

/** What is reached beside the page: HTTP, other machines, the local network. */
export const networkChecks: readonly Check[] = [http, nodes, discovery];
