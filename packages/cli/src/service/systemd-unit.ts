/**
 * The unit of a gateway for the systemd of a user.
 *
 * What is set is all that leaves the gateway and its sandbox whole. The sandbox makes namespaces of
 * its own: a filter against that (RestrictNamespaces), a /proc with parts taken away
 * (ProtectKernelTunables, ProtectKernelLogs, ProtectProc, ProcSubset) or a ban on naming a host
 * (ProtectHostname) would break it. V8 makes code, so memory must be allowed to become executable.
 *
 * @module
 */
import type { Definition } from './definition.ts';

/** The first line of what we wrote. */
export const UNIT_MARK = '# Written by "openclaw gateway install"; a new install replaces it.';

/** Needs namespaces of the kernel that a user may make. */
const NAMESPACES = [
  'PrivateUsers=yes',
  'CapabilityBoundingSet=',
  'ProtectSystem=strict',
  'ProtectHome=read-only',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectControlGroups=yes',
  'ProtectKernelModules=yes',
];

/** Holds on every kernel. */
const ALWAYS = [
  'UMask=0077',
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallArchitectures=native',
  '# Mounting is for the sandbox of commands, inside namespaces of its own.',
  'SystemCallFilter=@system-service @mount seccomp sethostname',
  'SystemCallErrorNumber=EPERM',
  'KeyringMode=private',
  'LimitCORE=0',
  'MemoryHigh=1536M',
  'MemoryMax=2G',
  'TasksMax=1024',
  '# A command of an agent that takes too much memory ends without the gateway.',
  'OOMPolicy=continue',
];

/**
 * Writes the unit.
 *
 * @param namespaces false where the kernel lets users make none: then the file system is not
 * narrowed, and the unit says so.
 */
export function systemdUnit(definition: Definition, namespaces: boolean): string {
  const { command, env, stateDir, profile } = definition;
  const variables = Object.entries(env).map(
    ([name, value]) => `Environment=${word(`${name}=${value}`)}`,
  );
  const lines = [
    UNIT_MARK,
    '[Unit]',
    `Description=OpenClaw gateway${profile === '' ? '' : ` (${profile})`}`,
    'StartLimitIntervalSec=300',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map(commandWord).join(' ')}`,
    `WorkingDirectory=-${escapeSpecifiers(stateDir)}`,
    ...variables,
    'Restart=on-failure',
    'RestartSec=5',
    '# The gateway finishes the work in hand and ends its commands.',
    'KillMode=mixed',
    'TimeoutStopSec=60',
    '',
    ...ALWAYS,
    ...(namespaces ? [...NAMESPACES, ...fileSystem(definition)] : [NO_NAMESPACES]),
    '',
    '[Install]',
    'WantedBy=default.target',
  ];
  return `${lines.join('\n')}\n`;
}

const NO_NAMESPACES =
  '# This kernel lets users make no namespaces, so the file system is as it is for you.';

function fileSystem({ writable, hidden }: Definition): readonly string[] {
  return [
    '# All the gateway writes; the rest can only be read.',
    ...writable.map((path) => `ReadWritePaths=${word(`-${path}`)}`),
    'CacheDirectory=portcullis',
    'CacheDirectoryMode=0700',
    '# Keys to other things are not even there.',
    ...hidden.map((path) => `InaccessiblePaths=${word(`-${path}`)}`),
  ];
}

/** A value as one word: specifiers (`%`), quotes and backslashes mean themselves. */
function word(text: string): string {
  const escaped = escapeSpecifiers(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${escaped}"`;
}

/** A word of a command, where variables would count too. */
function commandWord(text: string): string {
  return word(text).replaceAll('$', '$$$$');
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
