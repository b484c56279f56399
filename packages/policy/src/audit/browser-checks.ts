/**
 * The browser the agent steers, and secrets that stand in the config.
 *
 * @module
 */
import { counts } from './credentials.ts';
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, at, entriesAt } from './subject.ts';

const LOOPBACK = /^(?:127\.|localhost$|\[?::1\]?$)/i;
const PRIVATE =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|\[?f[cd][0-9a-f]{2}:|\[?fe80:|metadata(?:\.|$)|.*\.(?:local|internal|localhost)$)/i;

interface Remote {
  readonly path: string;
  readonly text: string;
  readonly url: { readonly protocol: string; readonly host: string } | undefined;
}

/** Scheme and host of an address, without the URL type that not every place has. */
function parse(text: string): Remote['url'] {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)/i.exec(text.trim());
  const [, protocol, host] = match ?? [];
  return protocol === undefined || host === undefined
    ? undefined
    : { protocol: protocol.toLowerCase(), host: host.toLowerCase() };
}

function remotes({ config }: AuditSubject): readonly Remote[] {
  const paths = [
    'browser.cdpUrl',
    ...entriesAt(config, 'browser.profiles').map(([name]) => `browser.profiles.${name}.cdpUrl`),
  ];
  return paths.flatMap((path) => {
    const text = at(config, path);
    return typeof text === 'string' ? [{ path, text, url: parse(text) }] : [];
  });
}

/** Only a browser somebody configured is spoken of: this gateway starts none by itself. */
function isOn({ config }: AuditSubject): boolean {
  return at(config, 'browser') !== undefined && at(config, 'browser.enabled') !== false;
}

function control(subject: AuditSubject): readonly Finding[] {
  const { secrets } = subject.facts;
  if (!isOn(subject) || counts(secrets?.token) || counts(secrets?.password)) return [];
  const what = 'The browser is on and the gateway has no token or password';
  return [finding('browser.control_no_auth', 'critical', { what, path: 'gateway.auth' })];
}

function remote(subject: AuditSubject): readonly Finding[] {
  if (!isOn(subject)) return [];
  const { config } = subject;
  const isPrivateAllowed =
    at(config, 'browser.ssrfPolicy.dangerouslyAllowPrivateNetwork') === true ||
    at(config, 'browser.ssrfPolicy.allowPrivateNetwork') === true;
  return remotes(subject).flatMap(({ path, text, url }) => {
    if (url === undefined) {
      const what = `${path} is no address: ${text}`;
      return [finding('browser.control_invalid_config', 'warn', { what, path })];
    }
    if (LOOPBACK.test(url.host)) return [];
    const isClear = url.protocol === 'http' || url.protocol === 'ws';
    return [
      ...(isClear
        ? [
            finding('browser.remote_cdp_http', 'warn', {
              what: `${path} reaches ${url.host} unencrypted`,
              path,
            }),
          ]
        : []),
      ...(isPrivateAllowed && PRIVATE.test(url.host)
        ? [
            finding('browser.remote_cdp_private_host', 'warn', {
              what: `${path} reaches into a private network: ${url.host}`,
              path,
            }),
          ]
        : []),
    ];
  });
}

function relay(subject: AuditSubject): readonly Finding[] {
  const path = 'browser.extensionRelay.allowLegacyAuth';
  if (!isOn(subject) || at(subject.config, path) === false) return [];
  const what = 'The older way for browser extensions to log in is on';
  return [finding('browser.extension_relay_legacy_auth', 'warn', { what, path })];
}

function executable(subject: AuditSubject): readonly Finding[] {
  if (!isOn(subject)) return [];
  const { config, facts } = subject;
  const found: Finding[] = [];
  if (at(config, 'browser.noSandbox') === true) {
    const path = 'browser.noSandbox';
    const what = 'browser.noSandbox is true';
    found.push(finding('portcullis.browser.no_sandbox', 'warn', { what, path }));
  }
  if (facts.browser !== undefined && facts.browser.executable === undefined) {
    const path = 'browser.executablePath';
    const what = 'No Chromium was found on this machine';
    found.push(finding('portcullis.browser.not_found', 'info', { what, path }));
  }
  return found;
}

/** The browser the agent steers. */
export const browserChecks: readonly Check[] = [control, remote, relay, executable];

function password({ facts }: AuditSubject): readonly Finding[] {
  const { password: secret } = facts.secrets ?? {};
  const from = secret?.from;
  if (!counts(secret) || (from !== 'text' && from !== 'variable')) return [];
  const path = 'gateway.auth.password';
  const what = 'gateway.auth.password stands in the config';
  return [finding('config.secrets.gateway_password_in_config', 'warn', { what, path })];
}

/** Secrets that stand in the config. */
export const secretChecks: readonly Check[] = [password];
