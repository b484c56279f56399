/**
 * The sandbox: what reaches into it, and whether it is there. `sandbox.docker` has no effect here
 * and is checked all the same, because the same config may run elsewhere.
 *
 * @module
 */
import { isObject, own } from '../setting.ts';
import type { AuditFacts } from './facts.ts';
import { type Finding, finding } from './finding.ts';
import { wordingOf } from './wording.ts';
import { type AuditSubject, type Check, agentsOf, at, textsAt } from './subject.ts';

interface Box {
  readonly path: string;
  readonly docker: unknown;
  readonly sandbox: 'off' | 'non-main' | 'all';
}

function boxes({ config, contexts }: AuditSubject): readonly Box[] {
  const [defaults, ...agents] = contexts;
  const all: readonly Box[] = [
    {
      path: 'agents.defaults.sandbox.docker',
      docker: at(config, 'agents.defaults.sandbox.docker'),
      sandbox: defaults?.sandbox ?? 'off',
    },
    ...agents.map(({ name, sandbox }) => ({
      path: `agents.entries.${name}.sandbox.docker`,
      docker: at(config, `agents.entries.${name}.sandbox.docker`),
      sandbox,
    })),
  ];
  return all.filter(({ docker }) => isObject(docker));
}

function idle(subject: AuditSubject): readonly Finding[] {
  const { contexts } = subject;
  const someOn = contexts.some(({ sandbox }) => sandbox !== 'off');
  return boxes(subject)
    .filter(({ path, sandbox }) => sandbox === 'off' && !(path.includes('.defaults.') && someOn))
    .map(({ path }) =>
      finding('sandbox.docker_config_mode_off', 'warn', {
        what: `${path} describes a sandbox that is off`,
        path,
      }),
    );
}

const SYSTEM = ['/etc', '/proc', '/sys', '/dev', '/root', '/boot', '/run', '/var/run'];
const PRIVATE = ['.aws', '.cargo', '.config', '.docker', '.gnupg', '.netrc', '.npm', '.ssh'];

/** A path without `.`, `..` and doubled slashes. */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function covers(outer: string, inner: string): boolean {
  return outer === '/' || inner === outer || inner.startsWith(`${outer}/`);
}

function binds({ docker, path }: Box, { homeDir: home, reached }: AuditFacts): readonly Finding[] {
  const guarded = [
    ...SYSTEM,
    ...(home === undefined ? [] : PRIVATE.map((name) => `${home}/${name}`)),
  ];
  return textsAt(docker, 'binds').flatMap((bind) => {
    const written = bind.split(':')[0] ?? '';
    const source = home === undefined ? written : written.replace(/^~(?=\/|$)/, home);
    const key = `${path}.binds`;
    if (!source.startsWith('/')) {
      const what = `The source of ${bind} is not an absolute path`;
      return [finding('sandbox.bind_mount_non_absolute', 'warn', { what, path: key })];
    }
    const plain = plainPath(source);
    // What a link leads to counts beside the link itself.
    const sources = [
      plain,
      ...(Object.hasOwn(reached ?? {}, plain) ? [reached?.[plain] ?? plain] : []),
    ];
    const hit = guarded.find((place) =>
      sources.some((each) => covers(place, each) || covers(each, place)),
    );
    if (hit === undefined) return [];
    const what = `${bind} puts ${hit} into the sandbox`;
    return [finding('sandbox.dangerous_bind_mount', 'critical', { what, path: key })];
  });
}

function switches({ docker, path }: Box): readonly Finding[] {
  const network = own(docker, 'network');
  const joins = typeof network === 'string' && /^(?:host|container:.*)$/i.test(network.trim());
  const found: Finding[] = [];
  if (joins) {
    const what = `${path}.network is "${String(network)}"`;
    found.push(
      finding('sandbox.dangerous_network_mode', 'critical', { what, path: `${path}.network` }),
    );
  }
  for (const kind of ['seccomp', 'apparmor'] as const) {
    const profile = own(docker, `${kind}Profile`);
    if (typeof profile !== 'string' || profile.trim().toLowerCase() !== 'unconfined') continue;
    const key = `${path}.${kind}Profile`;
    const what = `${key} is "unconfined"`;
    found.push(finding(`sandbox.dangerous_${kind}_profile`, 'critical', { what, path: key }));
  }
  return found;
}

function contents(subject: AuditSubject): readonly Finding[] {
  return boxes(subject).flatMap((box) => [...binds(box, subject.facts), ...switches(box)]);
}

function absent({ contexts, facts }: AuditSubject): readonly Finding[] {
  const asking = contexts.filter(({ sandbox }) => sandbox !== 'off');
  if (facts.sandboxAvailable !== false || asking.length === 0) return [];
  const what = `The sandbox is asked for by ${asking.map(({ name }) => name).join(', ')} and this machine has none`;
  return [
    finding('portcullis.sandbox.unavailable', 'warn', {
      what,
      path: 'agents.defaults.sandbox.mode',
    }),
  ];
}

/** The checks of the sandbox. */
export const sandboxChecks: readonly Check[] = [idle, contents, absent];

const FLAGS: readonly (readonly [string, boolean])[] = [
  ['gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback', true],
  ['gateway.controlUi.dangerouslyDisableDeviceAuth', true],
  ['hooks.gmail.allowUnsafeExternalContent', true],
  ['hooks.allowRequestSessionKey', true],
  ['browser.ssrfPolicy.dangerouslyAllowPrivateNetwork', true],
  ['browser.ssrfPolicy.allowPrivateNetwork', true],
  ['tools.exec.applyPatch.workspaceOnly', false],
  ['tools.fs.workspaceOnly', false],
];
const BOX_FLAGS = [
  'dangerouslyAllowReservedContainerTargets',
  'dangerouslyAllowExternalBindSources',
  'dangerouslyAllowContainerNamespaceJoin',
];
const AGENT_FLAGS: readonly (readonly [string, boolean])[] = [
  ['tools.exec.applyPatch.workspaceOnly', false],
  ['tools.fs.workspaceOnly', false],
];

/** Without this one the page needs something in its place first. */
const HOST_HEADER = 'gateway.control_ui.host_header_origin_fallback';

function remedyOf(flag: string): { readonly remedy?: string } {
  const { remedy } = wordingOf(HOST_HEADER);
  return flag.startsWith('gateway.controlUi.') ? { remedy } : {};
}

/** Every flag that is named after the danger it brings, and is set. */
function flags({ config }: AuditSubject): readonly Finding[] {
  const mappings = at(config, 'hooks.mappings');
  const unsafe = (Array.isArray(mappings) ? (mappings as readonly unknown[]) : []).flatMap(
    (mapping, index) =>
      own(mapping, 'allowUnsafeExternalContent') === true
        ? [`hooks.mappings[${String(index)}].allowUnsafeExternalContent=true`]
        : [],
  );
  const agents = agentsOf(config).map(([id]) => `agents.entries.${id}`);
  const boxed = ['agents.defaults', ...agents].flatMap((path) =>
    BOX_FLAGS.map((flag) => [`${path}.sandbox.docker.${flag}`, true] as const),
  );
  const agentFlags = agents.flatMap((path) =>
    AGENT_FLAGS.map(([flag, value]) => [`${path}.${flag}`, value] as const),
  );
  const set = [...FLAGS, ...agentFlags, ...boxed]
    .filter(([path, value]) => at(config, path) === value)
    .map(([path, value]) => `${path}=${String(value)}`);
  return [...set, ...unsafe].map((flag) =>
    finding('config.insecure_or_dangerous_flags', 'warn', {
      what: flag,
      path: flag.split('=')[0] ?? flag,
      ...remedyOf(flag),
    }),
  );
}

/** Flags that are named after the danger they bring. */
export const flagChecks: readonly Check[] = [flags];
