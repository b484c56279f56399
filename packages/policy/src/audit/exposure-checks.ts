/**
 * What strangers reach through the channels: where anybody is let in, how far he gets.
 *
 * @module
 */
import { isObject, own } from '../setting.ts';
import { type Finding, type Severity, finding } from './finding.ts';
import { type AccountOpenness, hasOpenPolicy } from './openness.ts';
import { type AuditSubject, type Check, agentsOf, at, entriesAt, textsAt } from './subject.ts';
import type { ToolContext } from './tool-contexts.ts';

function names(accounts: readonly AccountOpenness[]): string {
  return accounts
    .map(({ path, directIsOpen, roomsAreOpen }) => {
      const doors = [
        ...(directIsOpen ? ['direct messages'] : []),
        ...(roomsAreOpen ? ['rooms'] : []),
      ];
      return `${path} (${doors.join(' and ')})`;
    })
    .join(', ');
}

function pathOf([first]: readonly AccountOpenness[]): string {
  return `${first?.path ?? 'channels'}.${first?.directIsOpen === true ? 'dmPolicy' : 'groupPolicy'}`;
}

const RUNTIME = ['exec', 'process'];
const FILES = ['read', 'write', 'edit', 'apply_patch'];

function reachesRuntime({ has, sandbox }: ToolContext): boolean {
  return sandbox !== 'all' && RUNTIME.some(has);
}

function reachesFiles({ has, sandbox, setting }: ToolContext): boolean {
  const isBound = (setting('fs', 'workspaceOnly') ?? true) === true;
  return sandbox !== 'all' && !isBound && FILES.some(has);
}

function elevated({ config, openness }: AuditSubject): readonly Finding[] {
  if (!openness.isOpen || at(config, 'tools.elevated.enabled') !== true) return [];
  const senders = entriesAt(config, 'tools.elevated.allowFrom').flatMap(([, list]) =>
    Array.isArray(list) ? (list as readonly unknown[]).map(String) : [],
  );
  const isNamed = senders.length > 0 && !senders.some((sender) => sender.trim() === '*');
  const isMitigated =
    isNamed &&
    openness.open.every(({ directIsOpen, roomsNeedMention }) => !directIsOpen && roomsNeedMention);
  const what = `Anybody is let in by ${names(openness.open)}, and elevated commands are switched on`;
  return [
    finding('security.exposure.open_groups_with_elevated', isMitigated ? 'warn' : 'critical', {
      what,
      path: pathOf(openness.open),
    }),
  ];
}

function runtimeOrFiles({ openness, contexts }: AuditSubject): readonly Finding[] {
  if (!openness.isOpen) return [];
  const runtime = contexts.filter(reachesRuntime);
  const files = contexts.filter(reachesFiles);
  const reached = [...new Set([...runtime, ...files])];
  if (reached.length === 0) return [];
  const what = `Anybody is let in by ${names(openness.open)}, and commands or files are among the tools of ${reached.map(({ name }) => name).join(', ')}`;
  return [
    finding(
      'security.exposure.open_groups_with_runtime_or_fs',
      runtime.length > 0 ? 'critical' : 'warn',
      { what, path: pathOf(openness.open) },
    ),
  ];
}

const CONTROL = ['cron', 'gateway', 'plugins'];

function controlTools({ openness, contexts }: AuditSubject): readonly Finding[] {
  if (!openness.isOpen) return [];
  const reached = contexts.filter(({ has }) => CONTROL.some(has));
  const guarded = contexts.filter(({ ownerHas }) => CONTROL.some(ownerHas));
  const [severity, holders]: readonly [Severity, readonly ToolContext[]] =
    reached.length > 0 ? ['critical', reached] : ['warn', guarded];
  if (holders.length === 0) return [];
  const what = `Anybody is let in by ${names(openness.open)}, and the tools that steer the gateway are among those of ${holders.map(({ name }) => name).join(', ')}${severity === 'warn' ? ', for the owner only' : ''}`;
  return [
    finding('security.exposure.open_groups_with_control_plane_tools', severity, {
      what,
      path: pathOf(openness.open),
    }),
  ];
}

function openExec({ config, contexts }: AuditSubject): readonly Finding[] {
  if (!hasOpenPolicy(own(config, 'channels'))) return [];
  const running = contexts.filter(({ execSecurity }) => execSecurity !== 'deny');
  if (running.length === 0) return [];
  const isFull = running.some(({ execSecurity }) => execSecurity === 'full');
  const what = `A channel lets anybody in, and commands may run for ${running.map(({ name }) => name).join(', ')}`;
  return [
    finding('security.exposure.open_channels_with_exec', isFull ? 'critical' : 'warn', {
      what,
      path: 'tools.exec.security',
    }),
  ];
}

function byMention({ openness, contexts }: AuditSubject): readonly Finding[] {
  const woken = openness.accounts.filter(({ roomsByMention }) => roomsByMention);
  if (woken.length === 0) return [];
  const beyond = contexts.some(({ has }) => [...RUNTIME, ...FILES].some(has));
  const what = `In any room it is in, anybody may wake the agent of ${woken.map(({ path }) => path).join(', ')} by addressing it`;
  return [
    finding('portcullis.exposure.rooms_by_mention', beyond ? 'warn' : 'info', {
      what,
      path: `${woken[0]?.path ?? 'channels'}.groups`,
    }),
  ];
}

const ROOM_MAPS = ['groups', 'guilds', 'channels', 'rooms'];
const SENDER_LISTS = ['allowFrom', 'groupAllowFrom', 'dm.allowFrom'];

/** Why more than one person seems to talk to the agent. */
function signalsOf({ config }: AuditSubject): readonly string[] {
  const defaults = at(config, 'channels.defaults.groupPolicy');
  return entriesAt(config, 'channels')
    .filter(([channel]) => channel !== 'defaults')
    .flatMap(([channel, block]) => {
      const accounts = entriesAt(block, 'accounts').map(
        ([id, account]): readonly [string, unknown] => [
          `channels.${channel}.accounts.${id}`,
          isObject(block) && isObject(account) ? { ...block, ...account } : account,
        ],
      );
      return [[`channels.${channel}`, block] as const, ...accounts];
    })
    .flatMap(([path, holder]) => {
      const policy = own(holder, 'groupPolicy') ?? defaults ?? 'allowlist';
      const rooms = ROOM_MAPS.find((name) => entriesAt(holder, name).length > 0);
      const list = SENDER_LISTS.find((name) => textsAt(holder, name).includes('*'));
      const isOpen = [own(holder, 'dmPolicy'), at(holder, 'dm.policy')].includes('open');
      return [
        ...(policy === 'open' ? [`${path}.groupPolicy`] : []),
        ...(policy === 'allowlist' && rooms !== undefined ? [`${path}.${rooms}`] : []),
        ...(isOpen ? [`${path}.dmPolicy`] : []),
        ...(list === undefined ? [] : [`${path}.${list}`]),
      ];
    });
}

function multiUser(subject: AuditSubject): readonly Finding[] {
  const signals = signalsOf(subject);
  if (signals.length === 0) return [];
  const what = `More than one person may talk to this gateway: ${signals.join(', ')}`;
  return [
    finding('security.trust_model.multi_user_heuristic', 'warn', { what, path: signals[0] ?? '' }),
  ];
}

function groupScope({ config }: AuditSubject): readonly Finding[] {
  const bindings = at(config, 'bindings');
  const bound = Array.isArray(bindings) ? (bindings as readonly unknown[]) : [];
  const index = bound.findIndex((binding) => at(binding, 'session.groupScope') === 'main');
  const isMain = at(config, 'session.groupScope') === 'main';
  if (!isMain && index < 0) return [];
  const path = isMain ? 'session.groupScope' : `bindings[${String(index)}].session.groupScope`;
  const what = 'Rooms share the main session';
  return [finding('security.trust_model.group_scope_main', 'warn', { what, path })];
}

function crossAgent(subject: AuditSubject): readonly Finding[] {
  const { config, contexts } = subject;
  const agents = agentsOf(config);
  const allow = at(config, 'tools.agentToAgent.allow');
  const isOpen =
    agents.length >= 2 &&
    at(config, 'tools.sessions.visibility') === 'all' &&
    at(config, 'tools.agentToAgent.enabled') === true &&
    allow === undefined;
  if (!isOpen || !contexts.some(({ has }) => has('sessions_history'))) return [];
  const isMeant =
    signalsOf(subject).length > 0 ||
    contexts.some(({ sandbox }) => sandbox !== 'off') ||
    agents.some(([, agent]) =>
      ['profile', 'allow', 'deny'].some((key) => at(agent, `tools.${key}`) !== undefined),
    );
  const what = 'Every agent sees the sessions of every other';
  return [
    finding('security.trust_model.cross_agent_session_access_default', isMeant ? 'warn' : 'info', {
      what,
      path: 'tools.sessions.visibility',
    }),
  ];
}

function defaultAgent({ config }: AuditSubject): readonly Finding[] {
  const agents = agentsOf(config);
  const marked = agents.filter(([, agent]) => own(agent, 'default') === true);
  if (agents.length < 2 || marked.length === 1) return [];
  const what = `${String(agents.length)} agents are configured and ${String(marked.length)} of them are marked as the default`;
  return [
    finding('config.agent_roster.invalid_default_count', 'warn', { what, path: 'agents.entries' }),
  ];
}

/** What strangers reach, and who shares what. */
export const exposureChecks: readonly Check[] = [
  elevated,
  runtimeOrFiles,
  controlTools,
  openExec,
  byMention,
  multiUser,
  groupScope,
  crossAgent,
  defaultAgent,
];
