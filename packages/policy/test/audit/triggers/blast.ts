/** For every check one config that triggers it and one, as near as can be, that does not. Data only. */
import type { AuditFacts } from '../../../src/audit/index.ts';
import { type Trigger, OPEN, docker, exec, row, tools } from './row.ts';

const many = Array.from({ length: 26 }, (_, index) => String(1000 + index));
const document = (scope: object): AuditFacts => ({
  execApprovals: { version: 1, agents: { main: scope } },
});
/** Checks of this part. */
export const blast: readonly Trigger[] = [
  row(
    'tools.elevated.allowFrom.<p>.wildcard',
    'critical',
    tools({ elevated: { allowFrom: { telegram: ['*'] } } }),
    tools({ elevated: { enabled: false, allowFrom: { telegram: ['*'] } } }),
    'tools.elevated.allowFrom.telegram.wildcard',
  ),
  row(
    'tools.elevated.allowFrom.<p>.large',
    'warn',
    tools({ elevated: { allowFrom: { telegram: many } } }),
    tools({ elevated: { allowFrom: { telegram: many.slice(1) } } }),
    'tools.elevated.allowFrom.telegram.large',
  ),
  row(
    'tools.exec.host_sandbox_no_sandbox_defaults',
    'warn',
    exec({ host: 'sandbox' }),
    exec({ host: 'sandbox' }, { agents: { defaults: { sandbox: { mode: 'enabled' } } } }),
  ),
  row(
    'tools.exec.host_sandbox_no_sandbox_agents',
    'warn',
    { config: { agents: { entries: { a: { tools: { exec: { host: 'sandbox' } } } } } } },
    {
      config: {
        agents: {
          entries: { a: { sandbox: { mode: 'all' }, tools: { exec: { host: 'sandbox' } } } },
        },
      },
    },
  ),
  row('tools.exec.security_full_configured', 'warn', exec({ mode: 'full' }), exec({ mode: 'ask' })),
  row(
    'tools.exec.security_full_configured',
    'critical',
    exec({ security: 'full' }, OPEN),
    exec({ security: 'allowlist' }, OPEN),
  ),
  row(
    'tools.exec.fs_tools_disabled_but_exec_enabled',
    'warn',
    tools({
      profile: 'coding',
      deny: ['write', 'edit', 'apply_patch'],
      exec: { security: 'allowlist' },
    }),
    tools({ profile: 'coding', deny: ['group:fs', 'group:runtime'] }),
  ),
  row(
    'tools.profile_minimal_overridden',
    'warn',
    tools({ profile: 'minimal' }, { agents: { entries: { a: { tools: { profile: 'full' } } } } }),
    tools(
      { profile: 'minimal' },
      { agents: { entries: { a: { tools: { profile: 'minimal' } } } } },
    ),
  ),
  row(
    'tools.exec.safe_bins_interpreter_unprofiled',
    'warn',
    exec({ safeBins: ['python3.11'] }),
    exec({ safeBins: ['python3.11'], safeBinProfiles: { 'python3.11': {} } }),
  ),
  row(
    'tools.exec.safe_bins_broad_behavior',
    'warn',
    exec({ safeBins: ['jq'] }),
    exec({ safeBins: ['cut', 'head'] }),
  ),
  row(
    'tools.exec.safe_bin_trusted_dirs_risky',
    'warn',
    exec({ safeBinTrustedDirs: ['/usr/local/bin'] }),
    exec({ safeBinTrustedDirs: ['/usr/bin'] }),
  ),
  row(
    'tools.exec.auto_allow_skills_enabled',
    'warn',
    { facts: document({ autoAllowSkills: true }) },
    { facts: document({ autoAllowSkills: false }) },
  ),
  row(
    'tools.exec.allowlist_interpreter_without_strict_inline_eval',
    'warn',
    {
      ...exec({ strictInlineEval: false }),
      facts: document({ allowlist: [{ pattern: '/usr/bin/node22' }] }),
    },
    {
      ...exec({ strictInlineEval: true }),
      facts: document({ allowlist: [{ pattern: '/usr/bin/node22' }] }),
    },
  ),
  row(
    'mcp.apps.enabled',
    'warn',
    { config: { mcp: { apps: { enabled: true } } } },
    { config: { mcp: { apps: { enabled: false } } } },
  ),
  row(
    'sandbox.docker_config_mode_off',
    'warn',
    { config: { agents: { defaults: { sandbox: { docker: {} } } } } },
    docker({}),
  ),
  row(
    'sandbox.bind_mount_non_absolute',
    'warn',
    docker({ binds: ['data:/data'] }),
    docker({ binds: ['/srv/data:/data'] }),
  ),
  row(
    'sandbox.dangerous_bind_mount',
    'critical',
    docker({ binds: ['/home/me/../me/.ssh/id:/k:ro'] }),
    docker({ binds: ['/home/me/project:/project'] }),
  ),
  row(
    'sandbox.dangerous_network_mode',
    'critical',
    docker({ network: 'container:db' }),
    docker({ network: 'none' }),
  ),
  row(
    'sandbox.dangerous_seccomp_profile',
    'critical',
    docker({ seccompProfile: 'unconfined' }),
    docker({ seccompProfile: '/p.json' }),
  ),
  row(
    'sandbox.dangerous_apparmor_profile',
    'critical',
    docker({ apparmorProfile: 'unconfined' }),
    docker({ apparmorProfile: 'ours' }),
  ),
  row(
    'portcullis.sandbox.unavailable',
    'warn',
    {
      config: { agents: { defaults: { sandbox: { mode: 'all' } } } },
      facts: { sandboxAvailable: false },
    },
    {
      config: { agents: { defaults: { sandbox: { mode: 'all' } } } },
      facts: { sandboxAvailable: true },
    },
  ),
  row(
    'config.insecure_or_dangerous_flags',
    'warn',
    tools({ fs: { workspaceOnly: false } }),
    tools({ fs: { workspaceOnly: true } }),
  ),
];
