/**
 * Where triggers begin and end: what is found just inside of one and not just outside of it.
 */
import { describe, expect, test } from 'vitest';

import { type AuditFacts, audit } from '../../src/audit/index.ts';
import {
  type Audited,
  OPEN,
  TOKEN,
  discord,
  docker,
  exec,
  gateway,
  hooks,
  lan,
  model,
  secret,
  withSecrets,
} from './triggers/row.ts';

/** Ids that are found, with a minus before those that are not, both with their severity where it matters. */
type Edge = readonly [what: string, audited: Audited, ids: readonly string[]];

const token = (more: Parameters<typeof secret>[0]): Audited =>
  gateway({}, withSecrets({ token: secret(more) }));
const differs: AuditFacts = { secrets: { token: secret(), environmentDiffers: true } };
const agents = (entries: object, more: object = {}): Audited => ({
  config: { agents: { entries }, ...more },
});
const approvals = (entries: object, document: object): Audited => ({
  config: { agents: { entries } },
  facts: { execApprovals: { version: 1, ...document } },
});

const EDGES: readonly Edge[] = [
  ['a token of 23 characters', token({ length: 23 }), ['gateway.token_too_short warn']],
  ['a token of 24 characters', token({ length: 24 }), ['-gateway.token_too_short']],
  [
    'a published token that is short',
    token({ length: 6, isPlaceholder: true }),
    ['gateway.token_too_short warn', 'portcullis.gateway.token_placeholder warn'],
  ],
  [
    'a token that says "undefined"',
    token({ length: 9, isBlank: true }),
    ['gateway.token_placeholder_value critical', '-gateway.loopback_no_auth'],
  ],
  [
    'an empty token',
    token({ length: 0, isBlank: true }),
    ['gateway.token_placeholder_value critical', 'gateway.loopback_no_auth critical'],
  ],
  [
    'a token in a place that only a program can read',
    gateway(
      {},
      withSecrets({
        token: { from: 'reference', isUnread: true, isBlank: false, isPlaceholder: false },
      }),
    ),
    ['-gateway.http.no_auth'],
  ],
  [
    'a token whose reference leads to nothing',
    gateway(
      {},
      withSecrets({ token: { from: 'reference', isBlank: false, isPlaceholder: false } }),
    ),
    ['gateway.http.no_auth warn'],
  ],
  [
    'another token in the environment of a gateway with a token',
    gateway({}, differs),
    ['gateway.env_token_overrides_config warn'],
  ],
  [
    'another token in the environment of a gateway with a password',
    gateway({ auth: { mode: 'password' } }, differs),
    ['-gateway.env_token_overrides_config'],
  ],
  [
    'another token in the environment of one elsewhere',
    gateway({ mode: 'remote' }, differs),
    ['-gateway.env_token_overrides_config'],
  ],
  [
    'origins that are blank',
    lan({ controlUi: { allowedOrigins: [' '] } }),
    ['gateway.control_ui.allowed_origins_required critical'],
  ],
  [
    'no origins where there is no page',
    lan({ controlUi: { enabled: false } }),
    ['-gateway.control_ui.allowed_origins_required'],
  ],
  [
    'any origin, and the fallback, where there is no page',
    gateway({
      controlUi: {
        enabled: false,
        allowedOrigins: ['*'],
        dangerouslyAllowHostHeaderOriginFallback: true,
      },
    }),
    [
      'gateway.control_ui.allowed_origins_wildcard warn',
      'gateway.control_ui.host_header_origin_fallback warn',
    ],
  ],
  [
    'tools over HTTP by their other names',
    gateway({ tools: { allow: ['bash'] } }),
    ['gateway.tools_invoke_http.dangerous_allow warn'],
  ],
  [
    'any tool of conversations over HTTP',
    gateway({ tools: { allow: ['conversations_anything'] } }),
    ['gateway.tools_invoke_http.dangerous_allow warn'],
  ],
  [
    'a tool that reads pages over HTTP',
    gateway({ tools: { allow: ['web_fetch'] } }),
    ['-gateway.tools_invoke_http.dangerous_allow'],
  ],
  [
    'a dangerous command of nodes that is denied too',
    gateway({ nodes: { commands: { allow: ['camera.snap'], deny: ['camera.snap'] } } }),
    ['-gateway.nodes.allow_commands_dangerous', '-gateway.nodes.deny_commands_ineffective'],
  ],
  [
    'the list of cameras',
    gateway({ nodes: { commands: { allow: ['camera.list'] } } }),
    ['-gateway.nodes.allow_commands_dangerous'],
  ],
  [
    'a denied command that nobody knows',
    gateway({ nodes: { commands: { deny: ['camera.snapp'] } } }),
    ['gateway.nodes.deny_commands_ineffective warn'],
  ],
  [
    'a denied command that is allowed by name',
    gateway({ nodes: { commands: { allow: ['own.thing'], deny: ['own.thing'] } } }),
    ['-gateway.nodes.deny_commands_ineffective'],
  ],
  ...['group:camera', 'camera snap', '^system', 'system.*'].map((name): Edge => [
    `a denied command written as ${name}`,
    gateway({ nodes: { commands: { deny: [name] } } }),
    ['gateway.nodes.deny_commands_ineffective warn'],
  ]),
  [
    'a session of webhooks that is blank',
    hooks({ defaultSessionKey: ' ' }),
    ['hooks.default_session_key_unset warn'],
  ],
  [
    'agents of webhooks with a padded wildcard',
    hooks({ allowedAgentIds: [' * '] }),
    ['hooks.allowed_agent_ids_unrestricted warn'],
  ],
  [
    'no agents of webhooks at all',
    hooks({ allowedAgentIds: [] }),
    ['-hooks.allowed_agent_ids_unrestricted'],
  ],
  [
    'a token of webhooks that is empty',
    hooks({}, withSecrets({ hooksToken: secret({ length: 0, isBlank: true }) })),
    ['hooks.token_too_short warn', '-config.secrets.hooks_token_in_config'],
  ],
  [
    'an empty password in the config',
    { facts: withSecrets({ password: secret({ length: 0, isBlank: true }) }) },
    ['-config.secrets.gateway_password_in_config'],
  ],
  [
    'the hash of a password in the config',
    { facts: withSecrets({ password: { from: 'hash', isBlank: false, isPlaceholder: false } }) },
    ['-config.secrets.gateway_password_in_config', '-gateway.password_too_short'],
  ],
  [
    'a browser, and a token that is empty',
    {
      config: { browser: { enabled: true } },
      facts: withSecrets({ token: secret({ length: 0, isBlank: true }) }),
    },
    ['browser.control_no_auth critical'],
  ],
  [
    'an older model',
    model('openai/gpt-3.5-turbo'),
    ['models.legacy warn', 'models.weak_tier warn'],
  ],
  ['a model of 300 billion', model('x/y-300b'), ['models.small_params']],
  ['a model of 301 billion', model('x/y-301b'), ['-models.small_params']],
  ['a model whose larger number counts', model('x/y-8b-405b'), ['-models.small_params']],
  [
    'an image model',
    { config: { agents: { defaults: { imageModel: 'x/y-8b' } } } },
    ['-models.small_params'],
  ],
  ['claude 4.5', model('anthropic/claude-sonnet-4-5-20250929'), ['-models.weak_tier']],
  ['claude 4', model('anthropic/claude-sonnet-4-20250514'), ['models.weak_tier warn']],
  ['any haiku', model('anthropic/claude-haiku-9'), ['models.weak_tier warn']],
  ['an open gpt', model('x/gpt-oss'), ['models.weak_tier warn']],
  [
    'any command, and a policy that says open and is narrowed',
    {
      config: {
        tools: { exec: { security: 'full' } },
        channels: { telegram: { groupPolicy: 'open', groups: { allowlist: ['-1001'] } } },
      },
    },
    [
      'tools.exec.security_full_configured critical',
      'security.exposure.open_channels_with_exec critical',
    ],
  ],
  [
    'any command, and nobody let in',
    exec({ security: 'full' }),
    ['tools.exec.security_full_configured warn'],
  ],
  [
    'a policy that is open far down',
    exec(
      { mode: 'allowlist' },
      { channels: { discord: { guilds: { g: { x: { dmPolicy: 'open' } } } } } },
    ),
    ['security.exposure.open_channels_with_exec warn'],
  ],
  [
    'commands that are not set, and anybody',
    { config: OPEN },
    ['-security.exposure.open_channels_with_exec'],
  ],
  [
    'a profile of a safe program that another agent has',
    agents({
      a: { tools: { exec: { safeBins: ['python3'] } } },
      b: { tools: { exec: { safeBinProfiles: { python3: {} } } } },
    }),
    ['tools.exec.safe_bins_interpreter_unprofiled warn'],
  ],
  [
    'a profile of a safe program that all have',
    agents(
      { a: { tools: { exec: { safeBins: ['python3'] } } } },
      { tools: { exec: { safeBinProfiles: { python3: {} } } } },
    ),
    ['-tools.exec.safe_bins_interpreter_unprofiled'],
  ],
  [
    'a program with its version',
    exec({ safeBins: ['node-22'] }),
    ['tools.exec.safe_bins_interpreter_unprofiled warn'],
  ],
  [
    'programs that filter',
    exec({ safeBins: ['grep', 'head', 'sort'] }),
    ['-tools.exec.safe_bins_interpreter_unprofiled', '-tools.exec.safe_bins_broad_behavior'],
  ],
  ...['/usr//local/bin', '/usr/../tmp', 'bin', '~/bin', '/Users/me/bin', '/srv/x/.local/bin'].map(
    (folder): Edge => [
      `the folder ${folder}`,
      exec({ safeBinTrustedDirs: [folder] }),
      ['tools.exec.safe_bin_trusted_dirs_risky warn'],
    ],
  ),
  [
    'the folder /usr/bin',
    exec({ safeBinTrustedDirs: ['/usr/bin', '/tmpfiles'] }),
    ['-tools.exec.safe_bin_trusted_dirs_risky'],
  ],
  [
    'an agent that lets program text through',
    approvals(
      { a: { tools: { exec: { strictInlineEval: false } } } },
      { agents: { a: { allowlist: [{ pattern: 'C:\\python\\python3.12.exe' }] } } },
    ),
    ['tools.exec.allowlist_interpreter_without_strict_inline_eval warn'],
  ],
  [
    'the other agent',
    approvals(
      { a: { tools: { exec: { strictInlineEval: false } } } },
      { agents: { b: { allowlist: [{ pattern: '/usr/bin/python3*' }] } } },
    ),
    ['-tools.exec.allowlist_interpreter_without_strict_inline_eval'],
  ],
  [
    'a link that leads to what is private',
    {
      ...docker({ binds: ['/srv/link:/x'] }),
      facts: { homeDir: '/home/me', reached: { '/srv/link': '/home/me/.ssh' } },
    },
    ['sandbox.dangerous_bind_mount critical'],
  ],
  [
    'a folder above what is private',
    docker({ binds: ['/home/me:/x:ro'] }),
    ['sandbox.dangerous_bind_mount critical'],
  ],
  [
    'a folder beside it',
    docker({ binds: ['/home/me/.sshd:/x', '/etcetera:/y'] }),
    ['-sandbox.dangerous_bind_mount'],
  ],
  [
    'a network in capitals',
    docker({ network: 'HOST' }),
    ['sandbox.dangerous_network_mode critical'],
  ],
  [
    'a profile with blanks',
    docker({ seccompProfile: ' Unconfined ' }),
    ['sandbox.dangerous_seccomp_profile critical'],
  ],
  [
    'names among the people of a server',
    discord({ guilds: { '12345': { users: ['alice#1234'] } } }),
    ['channels.discord.allowFrom.name_based_entries warn'],
  ],
  [
    'the same where names are matched',
    discord({ dangerouslyAllowNameMatching: true, guilds: { '12345': { users: ['alice'] } } }),
    ['channels.discord.allowFrom.name_based_entries info'],
  ],
  [
    'servers of an account that is open by the defaults',
    {
      config: {
        channels: {
          defaults: { groupPolicy: 'open' },
          discord: { token: 'x', guilds: { '12345': {} } },
        },
      },
      facts: { ...TOKEN, configuredAccounts: ['discord/default'] },
    },
    ['-channels.discord.allowlisted_groups.broad_members', 'channels.discord.groups.open warn'],
  ],
];

describe('a trigger', () => {
  test.each(EDGES)('%s', (_what, { config = {}, facts = {} }, ids) => {
    const found = audit(config, facts).findings.map(
      ({ checkId, severity }) => `${checkId} ${severity}`,
    );
    for (const id of ids) {
      const hits = found.filter(
        (each) => each.startsWith(`${id.replace(/^-/u, '')} `) || each === id,
      );
      expect(hits, `${id} of ${found.join(', ')}`).toHaveLength(id.startsWith('-') ? 0 : 1);
    }
  });
});
