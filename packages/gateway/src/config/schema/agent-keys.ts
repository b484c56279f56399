/**
 * Agents and sessions: who answers, with which model, in which sandbox, and who shares a
 * conversation. Data only.
 *
 * @module
 */
import {
  type KeySpec,
  any,
  bool,
  either,
  ids,
  key,
  list,
  mapOf,
  matching,
  oneOf,
  strings,
  text,
  whole,
} from './key-spec.ts';
import { toolScopeKeys } from './tool-keys.ts';

const DM_SCOPE = oneOf(['main', 'per-peer', 'per-channel-peer', 'per-account-channel-peer']);
const GROUP_SCOPE = oneOf(['main', 'per-group']);
const MODEL = either(text, { kind: 'object' });

function modelKeys(at: string): readonly KeySpec[] {
  return [
    key(at, MODEL, 'Model as `provider/id`, or `{ primary, fallbacks }`.'),
    key(`${at}.primary`, text, 'The model to use.'),
    key(`${at}.fallbacks`, strings, 'Models to try when it fails, in order.'),
  ];
}

function sandboxKeys(at: string): readonly KeySpec[] {
  const docker = 'Read by the audit; the sandbox here does not use it.';
  return [
    key(
      `${at}.mode`,
      oneOf(['off', 'non-main', 'all'], ['enabled']),
      'Which sessions run commands in the sandbox.',
      { default: 'off' },
    ),
    key(`${at}.scope`, oneOf(['session', 'agent', 'shared']), 'Who shares one sandbox.', {
      default: 'agent',
    }),
    key(
      `${at}.workspaceAccess`,
      oneOf(['none', 'ro', 'rw']),
      'How the workspace is seen from inside.',
      { default: 'none' },
    ),
    key(`${at}.backend`, text, 'What makes the sandbox.', { default: 'bubblewrap' }),
    key(
      `${at}.network`,
      oneOf(['none', 'proxy']),
      'Whether commands inside reach the web, each connection decided like a request of a tool.',
      { default: 'none' },
    ),
    key(
      `${at}.networkHosts`,
      strings,
      'Servers that commands inside may tell anything they read, without a question: `host` or `*.domain`.',
    ),
    key(`${at}.networkPorts`, ids, 'Ports they reach. Default: 80 and 443.'),
    key(`${at}.docker`, { kind: 'object' }, docker, { status: 'known' }),
    key(`${at}.docker.image`, text, docker, { status: 'known' }),
    key(`${at}.docker.network`, text, docker, { status: 'known' }),
    key(`${at}.docker.binds`, strings, docker, { status: 'known' }),
    key(`${at}.docker.seccompProfile`, text, docker, { status: 'known' }),
    key(`${at}.docker.apparmorProfile`, text, docker, { status: 'known' }),
    key(`${at}.docker.*`, any, docker, { status: 'known' }),
    key(`${at}.browser`, { kind: 'object' }, 'A browser inside the sandbox.', { status: 'known' }),
    key(`${at}.browser.*`, any, 'A browser inside the sandbox.', { status: 'known' }),
  ];
}

function agentKeys(at: string): readonly KeySpec[] {
  return [
    key(
      `${at}.workspace`,
      text,
      'Directory with its files. Default: `<state>/workspace`, others `workspace-<id>`.',
    ),
    ...modelKeys(`${at}.model`),
    ...modelKeys(`${at}.imageModel`),
    key(`${at}.skills`, strings, 'Skills it sees. Not a security boundary.'),
    key(`${at}.subagents.maxSpawnDepth`, whole(0, 5), 'How deep sub-agents may make sub-agents.', {
      default: 1,
    }),
    key(`${at}.subagents.maxConcurrent`, whole(1, 100), 'Sub-agents of an agent at one time.', {
      default: 8,
    }),
    ...sandboxKeys(`${at}.sandbox`),
  ];
}

function rosterKeys(at: string): readonly KeySpec[] {
  return [
    ...agentKeys(at),
    key(`${at}.default`, bool, 'Answers where no binding matches. At most one agent.'),
    key(`${at}.name`, text, 'Name for people.'),
    key(`${at}.identity.name`, text, 'Name it listens to in rooms.'),
    key(`${at}.identity.*`, any, 'More about how it shows itself.', { status: 'known' }),
    key(`${at}.groupChat.mentionPatterns`, strings, 'Patterns that count as a mention in rooms.'),
    ...toolScopeKeys(`${at}.tools`),
    key(`${at}.*`, any, 'More about the agent.', { status: 'known' }),
  ];
}

/** Rows for `agents`, `bindings` and `session`. */
export const agentAndSessionKeys: readonly KeySpec[] = [
  key('agents.ownership', oneOf(['explicit']), 'Who keeps the roster.', { status: 'known' }),
  key(
    'agents.defaults.timeoutSeconds',
    whole(1, 86_400),
    'Longest a turn may take, approvals apart.',
    { default: 600 },
  ),
  key('agents.defaults.maxConcurrent', whole(1, 1000), 'Turns at one time.'),
  ...agentKeys('agents.defaults'),
  key('agents.entries', mapOf('agent'), 'The agents, by id.'),
  ...rosterKeys('agents.entries.*'),
  key('agents.list', list, 'The agents as a list: the older form of `agents.entries`.'),
  key('agents.list[].id', text, 'Its id.'),
  ...rosterKeys('agents.list[]'),
  key('bindings', list, 'Which agent answers where. The most specific match wins.'),
  key('bindings[].agentId', text, 'The agent.'),
  key('bindings[].match.channel', text, 'Channel id.'),
  key(
    'bindings[].match.accountId',
    text,
    'Account id, or `*` for any. Unset: the default account.',
  ),
  key(
    'bindings[].match.peer.kind',
    oneOf(['direct', 'group', 'channel'], ['dm']),
    'Kind of conversation.',
  ),
  key('bindings[].match.peer.id', either(text, whole(Number.MIN_SAFE_INTEGER)), 'Its id, or `*`.'),
  key('bindings[].match.guildId', text, 'Discord server.'),
  key('bindings[].match.teamId', text, 'Slack workspace.'),
  key('bindings[].match.roles', strings, 'Any of these roles.'),
  key('bindings[].session.dmScope', DM_SCOPE, 'Overrides `session.dmScope`.'),
  key('bindings[].session.groupScope', GROUP_SCOPE, 'Overrides `session.groupScope`.'),
  key('bindings[].*', any, 'More about a binding.', { status: 'known' }),
  key('session.scope', oneOf(['per-sender', 'global']), 'Older form of the two scopes below.', {
    default: 'per-sender',
  }),
  key('session.dmScope', DM_SCOPE, 'Who shares a session in direct messages.', { default: 'main' }),
  key('session.groupScope', GROUP_SCOPE, 'Whether rooms have sessions of their own.', {
    default: 'per-group',
  }),
  key(
    'session.identityLinks',
    mapOf(),
    'The same person on several channels: name to `channel:id` entries. They share what either said.',
  ),
  key('session.identityLinks.*', strings, 'The identities of this person.'),
  key(
    'session.mainKey',
    matching(/^[a-z0-9_-]{1,32}$/u, '1 to 32 of a-z, 0-9, "_" and "-"'),
    'Name of the main session.',
    { default: 'main' },
  ),
];
