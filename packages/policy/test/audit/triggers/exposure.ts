/** For every check one config that triggers it and one, as near as can be, that does not. Data only. */
import { type Trigger, OPEN, discord, row, telegram, tools } from './row.ts';

const NAMED_ELEVATED = { enabled: true, allowFrom: { telegram: ['42'] } };
/** Checks of this part. */
export const exposure: readonly Trigger[] = [
  row(
    'security.exposure.open_groups_with_elevated',
    'critical',
    { config: { ...OPEN, tools: { elevated: { enabled: true } } } },
    { config: { ...OPEN, tools: { elevated: { enabled: false } } } },
  ),
  row(
    'security.exposure.open_groups_with_elevated',
    'warn',
    {
      config: {
        channels: { telegram: { groupPolicy: 'open', groups: { '*': { requireMention: true } } } },
        tools: { elevated: NAMED_ELEVATED },
      },
    },
    { config: { tools: { elevated: NAMED_ELEVATED } } },
  ),
  row(
    'security.exposure.open_groups_with_runtime_or_fs',
    'critical',
    { config: { ...OPEN, tools: { profile: 'coding', exec: { security: 'allowlist' } } } },
    { config: { ...OPEN, tools: { profile: 'messaging' } } },
  ),
  row(
    'security.exposure.open_groups_with_control_plane_tools',
    'warn',
    { config: { ...OPEN, tools: { profile: 'full' } } },
    { config: { ...OPEN, tools: { profile: 'full', deny: ['group:automation'] } } },
  ),
  row(
    'security.exposure.open_channels_with_exec',
    'warn',
    { config: { ...OPEN, tools: { exec: { security: 'allowlist' } } } },
    { config: { ...OPEN, tools: { exec: { security: 'deny' } } } },
  ),
  row(
    'portcullis.exposure.rooms_by_mention',
    'info',
    { config: { channels: { telegram: { groups: { '*': {} } } } } },
    { config: { channels: { telegram: { groups: { '-1001': {} } } } } },
  ),
  row(
    'security.trust_model.multi_user_heuristic',
    'warn',
    { config: { channels: { telegram: { allowFrom: ['*'] } } } },
    { config: { channels: { telegram: { allowFrom: ['42'] } } } },
  ),
  row(
    'security.trust_model.group_scope_main',
    'warn',
    { config: { session: { groupScope: 'main' } } },
    { config: { session: { groupScope: 'per-group' } } },
  ),
  row(
    'security.trust_model.cross_agent_session_access_default',
    'info',
    tools(
      { profile: 'full', sessions: { visibility: 'all' }, agentToAgent: { enabled: true } },
      { agents: { entries: { a: { default: true }, b: {} } } },
    ),
    tools(
      { profile: 'full', sessions: { visibility: 'tree' }, agentToAgent: { enabled: true } },
      { agents: { entries: { a: { default: true }, b: {} } } },
    ),
  ),
  row(
    'config.agent_roster.invalid_default_count',
    'warn',
    { config: { agents: { entries: { a: {}, b: {} } } } },
    { config: { agents: { entries: { a: { default: true }, b: {} } } } },
  ),
];

const ROOM = { groups: { '-1001': {} } };
/** Checks of this part. */
export const accounts: readonly Trigger[] = [
  row(
    'channels.<c>.dm.open',
    'critical',
    telegram({ dmPolicy: 'open', allowFrom: ['*'] }),
    telegram({ dmPolicy: 'pairing' }),
    'channels.telegram.dm.open',
  ),
  row(
    'channels.<c>.dm.open_invalid',
    'warn',
    telegram({ dmPolicy: 'open', allowFrom: ['42'] }),
    telegram({ dmPolicy: 'open', allowFrom: ['*'] }),
    'channels.telegram.dm.open_invalid',
  ),
  row(
    'channels.<c>.dm.disabled',
    'info',
    telegram({ dmPolicy: 'disabled' }),
    telegram({}),
    'channels.telegram.dm.disabled',
  ),
  row(
    'channels.<c>.dm.locked',
    'info',
    telegram({}),
    telegram({ allowFrom: ['42'] }),
    'channels.telegram.dm.locked',
  ),
  row(
    'channels.<c>.dm.scope_main_multiuser',
    'warn',
    telegram({ allowFrom: ['42', '43'] }),
    telegram({ allowFrom: ['42', '43'] }, { session: { dmScope: 'per-peer' } }),
    'channels.telegram.dm.scope_main_multiuser',
  ),
  row(
    'channels.<c>.allowFrom.dangerous_name_matching_enabled',
    'info',
    telegram({ dangerouslyAllowNameMatching: true }),
    telegram({}),
    'channels.telegram.allowFrom.dangerous_name_matching_enabled',
  ),
  row(
    'channels.<c>.allowFrom.mutable_entries_inert',
    'warn',
    discord({ allowFrom: ['@alice'] }),
    discord({ allowFrom: ['123456789012345678'] }),
    'channels.discord.allowFrom.mutable_entries_inert',
  ),
  row(
    'channels.discord.allowFrom.name_based_entries',
    'warn',
    discord({ allowFrom: ['alice#1234'] }),
    discord({ allowFrom: ['123456789012345678'] }),
  ),
  row(
    'channels.<c>.account.read_only_resolution',
    'warn',
    {
      config: { channels: { telegram: { dmPolicy: 'pairing' } } },
      facts: { configuredAccounts: ['telegram/default'], unreadAccounts: ['telegram/default'] },
    },
    {
      config: { channels: { telegram: { dmPolicy: 'pairing', enabled: false } } },
      facts: { configuredAccounts: ['telegram/default'], unreadAccounts: ['telegram/default'] },
    },
    'channels.telegram.account.read_only_resolution',
  ),
  row(
    'channels.<c>.groups.open',
    'warn',
    telegram({ groupPolicy: 'open' }),
    telegram({ groupPolicy: 'allowlist' }),
    'channels.telegram.groups.open',
  ),
  row(
    'channels.telegram.allowFrom.invalid_entries',
    'warn',
    telegram({ allowFrom: ['@alice'] }),
    telegram({ allowFrom: ['tg:42'] }),
  ),
  row(
    'channels.telegram.groups.allowFrom.wildcard',
    'critical',
    telegram({ ...ROOM, groupAllowFrom: ['*'] }),
    telegram({ ...ROOM, groupAllowFrom: ['42'] }),
  ),
  row(
    'channels.telegram.groups.allowFrom.missing',
    'critical',
    telegram(ROOM),
    telegram(ROOM, { commands: { text: false } }),
  ),
  row(
    'channels.discord.allowlisted_groups.broad_members',
    'warn',
    discord({ guilds: { '7': {} } }),
    discord({ guilds: { '7': { users: ['42'] } } }),
  ),
];
