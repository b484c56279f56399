/**
 * How far tools reach: commands, elevated mode, the lists that let programs run unasked.
 *
 * @module
 */
import { isObject, own } from '../setting.ts';
import { hasOpenPolicy } from './openness.ts';
import { type Finding, finding } from './finding.ts';
import { plainPath } from './sandbox-checks.ts';
import { type AuditSubject, type Check, agentsOf, at, entriesAt, textsAt } from './subject.ts';

const LARGE = 25;

function elevated({ config }: AuditSubject): readonly Finding[] {
  if (at(config, 'tools.elevated.enabled') === false) return [];
  return entriesAt(config, 'tools.elevated.allowFrom').flatMap(([channel]) => {
    const path = `tools.elevated.allowFrom.${channel}`;
    const senders = textsAt(config, path);
    if (senders.some((sender) => sender.trim() === '*')) {
      const what = `${path} contains "*": anybody on ${channel} may leave the sandbox`;
      return [
        finding('tools.elevated.allowFrom.<p>.wildcard', 'critical', {
          what,
          path,
          names: [channel],
        }),
      ];
    }
    if (senders.length <= LARGE) return [];
    const what = `${path} names ${String(senders.length)} senders`;
    return [
      finding('tools.elevated.allowFrom.<p>.large', 'warn', { what, path, names: [channel] }),
    ];
  });
}

function hostSandbox({ config, contexts }: AuditSubject): readonly Finding[] {
  const [defaults, ...agents] = contexts;
  const path = 'tools.exec.host';
  const what = 'Commands are told to run in the sandbox, and it is off';
  const alone = agents.filter(
    ({ agentId, sandbox }) =>
      sandbox === 'off' && at(config, `agents.entries.${agentId ?? ''}.${path}`) === 'sandbox',
  );
  return [
    ...(at(config, path) === 'sandbox' && defaults?.sandbox === 'off'
      ? [finding('tools.exec.host_sandbox_no_sandbox_defaults', 'warn', { what, path })]
      : []),
    ...(alone.length > 0
      ? [
          finding('tools.exec.host_sandbox_no_sandbox_agents', 'warn', {
            what: `${what}: ${alone.map(({ name }) => name).join(', ')}`,
            path: `agents.entries.${alone[0]?.name ?? ''}.${path}`,
            remedy: `openclaw config set agents.entries.${alone[0]?.name ?? ''}.sandbox.mode all`,
          }),
        ]
      : []),
  ];
}

function fullExec({ config, contexts, openness }: AuditSubject): readonly Finding[] {
  const full = contexts.filter(({ execSecurity }) => execSecurity === 'full');
  if (full.length === 0) return [];
  const what = `Any command may run for ${full.map(({ name }) => name).join(', ')}`;
  const exec = `${full[0]?.path ?? 'tools'}.exec`;
  // One of the two says so, and both together are no config.
  const path = at(config, `${exec}.mode`) === undefined ? `${exec}.security` : `${exec}.mode`;
  const severity = openness.isOpen || hasOpenPolicy(own(config, 'channels')) ? 'critical' : 'warn';
  return [finding('tools.exec.security_full_configured', severity, { what, path })];
}

const CHANGING = ['write', 'edit', 'apply_patch'];

function filesDenied({ contexts, config }: AuditSubject): readonly Finding[] {
  const drifted = contexts.filter(({ ownerHas, sandbox, setting, agentId }) => {
    const host = setting('exec', 'host');
    const access =
      at(config, `agents.entries.${agentId ?? ''}.sandbox.workspaceAccess`) ??
      at(config, 'agents.defaults.sandbox.workspaceAccess');
    const isBound = sandbox === 'all' && host !== 'gateway' && host !== 'node' && access !== 'rw';
    return ownerHas('exec') && !CHANGING.some(ownerHas) && !isBound;
  });
  if (drifted.length === 0) return [];
  const what = `Changing files is denied and commands are allowed for ${drifted.map(({ name }) => name).join(', ')}`;
  return [
    finding('tools.exec.fs_tools_disabled_but_exec_enabled', 'warn', {
      what,
      path: drifted[0]?.path ?? 'tools',
    }),
  ];
}

function profiles({ config }: AuditSubject): readonly Finding[] {
  if (at(config, 'tools.profile') !== 'minimal') return [];
  const others = agentsOf(config).filter(([, agent]) => {
    const profile = at(agent, 'tools.profile');
    return profile !== undefined && profile !== 'minimal';
  });
  if (others.length === 0) return [];
  const what = `tools.profile is "minimal" and not for ${others.map(([id]) => id).join(', ')}`;
  const path = `agents.entries.${others[0]?.[0] ?? ''}.tools.profile`;
  return [finding('tools.profile_minimal_overridden', 'warn', { what, path })];
}

/** Names of programs that run what they are told, with a version at the end. */
const INTERPRETER =
  /^(?:a?sh|ba?sh|dash|zsh|ksh|fish|python|pypy|node|nodejs|bun|deno|ruby|irb|perl|php|lua|luajit|osascript|r|rscript|julia|pwsh|powershell|tclsh|expect|busybox|toybox|[gmn]?awk|g?sed|find|make|gmake|xargs|env)-?[0-9.]*$/i;
/** Safe programs that do much more than filter. */
const BROAD = /^(?:jq|[gmn]?awk|g?sed)$/i;

function baseName(text: string): string {
  const name = text.trim().split(/[/\\]/).at(-1) ?? '';
  return name.replaceAll(/[*?]+/g, '').replace(/\.exe$/i, '');
}

interface Bins {
  readonly path: string;
  readonly bins: readonly string[];
  /** Programs it is written down of what they may be told: for all, and for this agent. */
  readonly profiled: ReadonlySet<string>;
}

function safeBins({ config }: AuditSubject): readonly Bins[] {
  const scopes = [
    'tools.exec',
    ...agentsOf(config).map(([id]) => `agents.entries.${id}.tools.exec`),
  ];
  return scopes.map((scope) => ({
    path: `${scope}.safeBins`,
    bins: textsAt(config, `${scope}.safeBins`),
    profiled: new Set(
      ['tools.exec', scope].flatMap((each) =>
        entriesAt(config, `${each}.safeBinProfiles`).map(([name]) => name),
      ),
    ),
  }));
}

function safePrograms(subject: AuditSubject): readonly Finding[] {
  return safeBins(subject).flatMap(({ path, bins, profiled }) => {
    const interpreters = bins.filter(
      (bin) =>
        INTERPRETER.test(baseName(bin)) && !profiled.has(bin) && !profiled.has(baseName(bin)),
    );
    const broad = bins.filter((bin) => BROAD.test(baseName(bin)));
    return [
      ...(interpreters.length === 0
        ? []
        : [
            finding('tools.exec.safe_bins_interpreter_unprofiled', 'warn', {
              what: `${path} names programs that run what they are told: ${interpreters.join(', ')}`,
              path,
            }),
          ]),
      ...(broad.length === 0
        ? []
        : [
            finding('tools.exec.safe_bins_broad_behavior', 'warn', {
              what: `${path} names programs that read and run more than their input: ${broad.join(', ')}`,
              path,
            }),
          ]),
    ];
  });
}

const RISKY_FOLDER =
  /^(?:\/tmp|\/var\/tmp|\/private\/tmp|\/usr\/local\/bin|\/opt\/homebrew|\/opt\/local|\/home\/linuxbrew|\/home|\/users)(?:\/|$)|\/\.local\/bin(?:\/|$)/i;

function trustedFolders({ config }: AuditSubject): readonly Finding[] {
  const paths = [
    'tools.exec.safeBinTrustedDirs',
    ...agentsOf(config).map(([id]) => `agents.entries.${id}.tools.exec.safeBinTrustedDirs`),
  ];
  return paths.flatMap((path) => {
    const risky = textsAt(config, path).filter(
      (folder) => !folder.trim().startsWith('/') || RISKY_FOLDER.test(plainPath(folder.trim())),
    );
    if (risky.length === 0) return [];
    const what = `${path} names folders that others than the system write to: ${risky.join(', ')}`;
    return [finding('tools.exec.safe_bin_trusted_dirs_risky', 'warn', { what, path })];
  });
}

function documentScopes(document: unknown): readonly (readonly [string, unknown])[] {
  const agents = own(document, 'agents');
  const named = isObject(agents) ? Object.entries(agents) : [];
  return [
    ['defaults', own(document, 'defaults')],
    ...named.map(([id, scope]) => [`agents.${id}`, scope] as const),
  ];
}

/** Whether program text on a command line is looked at for the scope of the document. */
function isStrict({ config, contexts }: AuditSubject, scope: string): boolean {
  const agent = contexts.find(({ agentId }) => scope === `agents.${agentId ?? ''}`);
  const setting = agent?.setting('exec', 'strictInlineEval');
  return (setting ?? at(config, 'tools.exec.strictInlineEval') ?? true) === true;
}

function approvals(subject: AuditSubject): readonly Finding[] {
  const scopes = documentScopes(subject.facts.execApprovals);
  const auto = scopes.filter(([, scope]) => own(scope, 'autoAllowSkills') === true);
  const patterns = scopes.flatMap(([name, scope]) => {
    if (isStrict(subject, name)) return [];
    const list = own(scope, 'allowlist');
    return (Array.isArray(list) ? (list as readonly unknown[]) : []).flatMap((entry) => {
      const pattern = typeof entry === 'string' ? entry : own(entry, 'pattern');
      return typeof pattern === 'string' && INTERPRETER.test(baseName(pattern)) ? [pattern] : [];
    });
  });
  const path = 'exec-approvals.json';
  return [
    ...(auto.length === 0
      ? []
      : [
          finding('tools.exec.auto_allow_skills_enabled', 'warn', {
            what: `What a skill brings may run unasked: ${auto.map(([name]) => name).join(', ')}`,
            path,
          }),
        ]),
    ...(patterns.length === 0
      ? []
      : [
          finding('tools.exec.allowlist_interpreter_without_strict_inline_eval', 'warn', {
            what: `Program text for ${[...new Set(patterns)].join(', ')} runs unasked`,
            path: 'tools.exec.strictInlineEval',
          }),
        ]),
  ];
}

function mcpApps({ config }: AuditSubject): readonly Finding[] {
  if (at(config, 'mcp.apps.enabled') !== true) return [];
  const what = 'Servers of tools may show pages of their own';
  return [finding('mcp.apps.enabled', 'warn', { what, path: 'mcp.apps.enabled' })];
}

/** How far tools reach. */
export const toolChecks: readonly Check[] = [
  elevated,
  hostSandbox,
  fullExec,
  filesDenied,
  profiles,
  safePrograms,
  trustedFolders,
  approvals,
  mcpApps,
];
