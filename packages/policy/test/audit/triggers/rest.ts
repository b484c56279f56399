/** For every check one config that triggers it and one, as near as can be, that does not. Data only. */
import { type Trigger, browser, extension, file, model, row, secret, withSecrets } from './row.ts';

const pair = (
  check: string,
  severity: Trigger['severity'],
  role: string,
  on: number,
  off: number,
): Trigger => row(check, severity, { facts: file(role, on) }, { facts: file(role, off) });
/** Checks of this part. */
export const files: readonly Trigger[] = [
  row(
    'fs.state_dir.symlink',
    'warn',
    { facts: file('state_dir', 0o700, true) },
    { facts: file('state_dir', 0o700) },
  ),
  pair('fs.state_dir.perms_world_writable', 'critical', 'state_dir', 0o777, 0o775),
  pair('fs.state_dir.perms_group_writable', 'warn', 'state_dir', 0o770, 0o777),
  pair('fs.state_dir.perms_readable', 'warn', 'state_dir', 0o755, 0o711),
  row(
    'fs.config.symlink',
    'warn',
    { facts: file('config', 0o600, true) },
    { facts: file('config', 0o600) },
  ),
  pair('fs.config.perms_world_readable', 'critical', 'config', 0o644, 0o640),
  pair('fs.config.perms_group_readable', 'warn', 'config', 0o640, 0o600),
  pair('fs.config.perms_writable', 'critical', 'config', 0o660, 0o644),
  pair('fs.config_include.perms_writable', 'critical', 'include', 0o622, 0o644),
  pair('fs.config_include.perms_world_readable', 'critical', 'include', 0o644, 0o640),
  pair('fs.config_include.perms_group_readable', 'warn', 'include', 0o640, 0o600),
  pair('fs.credentials_dir.perms_writable', 'critical', 'credentials_dir', 0o770, 0o750),
  pair('fs.credentials_dir.perms_readable', 'warn', 'credentials_dir', 0o755, 0o700),
  pair('portcullis.fs.credential.perms_writable', 'critical', 'credential', 0o660, 0o640),
  pair('portcullis.fs.credential.perms_readable', 'warn', 'credential', 0o644, 0o600),
  pair('fs.auth_profiles.perms_writable', 'critical', 'auth_profiles', 0o666, 0o644),
  pair('fs.auth_profiles.perms_readable', 'warn', 'auth_profiles', 0o644, 0o600),
  pair('fs.sessions_store.perms_readable', 'warn', 'sessions_store', 0o644, 0o600),
  pair('fs.log_file.perms_readable', 'warn', 'log', 0o644, 0o600),
  pair('portcullis.fs.state.perms_writable', 'critical', 'state', 0o666, 0o644),
  pair('portcullis.fs.state.perms_readable', 'warn', 'state', 0o604, 0o600),
  row(
    'fs.synced_dir',
    'warn',
    { facts: { stateDir: '/home/me/Dropbox/oc' } },
    { facts: { stateDir: '/home/me/.openclaw' } },
  ),
];

const CDP = 'http://192.168.1.9:9222';
/** Checks of this part. */
export const code: readonly Trigger[] = [
  row(
    'plugins.extensions_no_allowlist',
    'warn',
    extension(),
    extension({ plugins: { allow: ['weather'] } }),
  ),
  row(
    'plugins.allow_phantom_entries',
    'warn',
    extension({ plugins: { allow: ['wether'] } }),
    extension({ plugins: { allow: ['weather', 'telegram'] } }),
  ),
  row(
    'plugins.tools_reachable_permissive_policy',
    'warn',
    extension({ tools: { profile: 'full' } }),
    extension({ tools: { profile: 'messaging' } }),
  ),
  row('models.legacy', 'warn', model('openai/gpt-3.5-turbo'), model('openai/gpt-5.2')),
  row(
    'models.weak_tier',
    'warn',
    model('anthropic/claude-sonnet-4'),
    model('anthropic/claude-opus-4-5'),
  ),
  row(
    'models.small_params',
    'critical',
    model('local/qwen3-8b', { tools: { profile: 'messaging' } }),
    model('local/llama-405b', { tools: { profile: 'messaging' } }),
  ),
  row(
    'models.small_params',
    'info',
    model('local/qwen3-8b', { tools: { profile: 'minimal' } }),
    model('local/x'),
  ),
  row(
    'browser.control_no_auth',
    'critical',
    { config: { browser: { enabled: true } } },
    browser({ enabled: true }),
  ),
  row(
    'browser.control_invalid_config',
    'warn',
    browser({ cdpUrl: 'nowhere' }),
    browser({ cdpUrl: 'http://127.0.0.1:9222' }),
  ),
  row(
    'browser.remote_cdp_http',
    'warn',
    browser({ cdpUrl: CDP }),
    browser({ cdpUrl: 'https://b.example' }),
  ),
  row(
    'browser.remote_cdp_private_host',
    'warn',
    browser({ cdpUrl: CDP, ssrfPolicy: { dangerouslyAllowPrivateNetwork: true } }),
    browser({ cdpUrl: CDP }),
  ),
  row(
    'browser.extension_relay_legacy_auth',
    'warn',
    browser({ enabled: true }),
    browser({ enabled: true, extensionRelay: { allowLegacyAuth: false } }),
  ),
  row(
    'config.secrets.gateway_password_in_config',
    'warn',
    { facts: withSecrets({ password: secret({ from: 'variable' }) }) },
    { facts: withSecrets({ password: secret({ from: 'reference' }) }) },
  ),
  row(
    'portcullis.flow.not_enforced',
    'critical',
    { config: { flow: { mode: 'off' } } },
    { config: { flow: { mode: 'enforce' } } },
  ),
  row(
    'portcullis.budgets.unset',
    'info',
    { config: { models: { providers: { p: { baseUrl: 'https://p.example/v1' } } } } },
    { config: { models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1' } } } } },
  ),
  row(
    'portcullis.config.pattern_never_matches',
    'warn',
    { config: { messages: { groupChat: { mentionPatterns: ['(a)\\1'] } } } },
    { config: { messages: { groupChat: { mentionPatterns: ['robot'] } } } },
  ),
  row(
    'security.audit.suppressions.active',
    'info',
    { config: { security: { audit: { suppressions: [{ checkId: 'x' }] } } } },
    { config: { security: { audit: { suppressions: [] } } } },
  ),
];
