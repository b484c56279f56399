/** What a row of the table of checks is made from. */
import type { AuditFacts, SecretFact } from '../../../src/audit/index.ts';

/** What is audited. */
export interface Audited {
  readonly config?: object;
  readonly facts?: AuditFacts;
}

/** One row of the table. */
export interface Trigger {
  readonly check: string;
  /** The id in the report, where it is another than the check's. */
  readonly id?: string;
  readonly severity: 'critical' | 'warn' | 'info';
  readonly on: Audited;
  readonly off: Audited;
}

export const secret = (more: Partial<SecretFact> = {}): SecretFact => ({
  from: 'text',
  length: 43,
  isBlank: false,
  isPlaceholder: false,
  ...more,
});
export const TOKEN: AuditFacts = { secrets: { token: secret() } };
export const file = (role: string, mode: number, isSymlink = false): AuditFacts => ({
  files: [{ role, path: '/home/me/.openclaw/x', mode, isSymlink }] as AuditFacts['files'] & object,
});
export const withSecrets = (secrets: AuditFacts['secrets']): AuditFacts => ({
  secrets: secrets ?? {},
});
export const gateway = (block: object, facts: AuditFacts = TOKEN): Audited => ({
  config: { gateway: block },
  facts,
});
export const lan = (block: object = {}): Audited => gateway({ bind: 'lan', ...block });
export const proxied = (block: object = {}, more: object = {}): Audited =>
  gateway({ auth: { mode: 'trusted-proxy', trustedProxy: block }, ...more });
export const hooks = (block: object, facts: AuditFacts = {}): Audited => ({
  config: { hooks: { enabled: true, ...block } },
  facts,
});
export const telegram = (block: object, more: object = {}): Audited => ({
  config: { channels: { telegram: { botToken: 'x', ...block } }, ...more },
  facts: { configuredAccounts: ['telegram/default'] },
});
export const discord = (block: object): Audited => ({
  config: { channels: { discord: { token: 'x', ...block } } },
  facts: { configuredAccounts: ['discord/default'] },
});
export const OPEN = { channels: { telegram: { groupPolicy: 'open' } } };
export const tools = (block: object, more: object = {}): Audited => ({
  config: { tools: block, ...more },
});
export const exec = (block: object, more: object = {}): Audited => tools({ exec: block }, more);
export const docker = (block: object): Audited => ({
  config: { agents: { defaults: { sandbox: { mode: 'all', docker: block } } } },
  facts: { homeDir: '/home/me' },
});
export const model = (id: string, more: object = {}): Audited => ({
  config: { agents: { defaults: { model: id } }, ...more },
});
export const browser = (block: object): Audited => ({ config: { browser: block }, facts: TOKEN });
export const extension = (more: object = {}): Audited => ({
  config: more,
  facts: { plugins: [{ id: 'weather', path: '/x/weather' }], knownPlugins: ['telegram'] },
});

export const row = (
  check: string,
  severity: Trigger['severity'],
  on: Audited,
  off: Audited,
  id?: string,
): Trigger => ({ check, severity, on, off, ...(id === undefined ? {} : { id }) });
