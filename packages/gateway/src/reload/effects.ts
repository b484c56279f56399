/**
 * How a changed key of the config takes effect in a gateway that runs. Promises: a table; a key with
 * an effect that is in no row of it waits for a restart.
 *
 * @module
 */
import { type PathSegment, parsePath } from '../config/index.ts';
import { type KeyNode, schemaTree } from '../config/schema/key-tree.ts';

/**
 * When a changed key counts.
 *
 * - `now`: it is read where it is decided by, each time.
 * - `room`: a part of the gateway takes it up: an account is connected anew, a server let go of.
 * - `restart`: with the next start. Until then what was there before is in force.
 */
export type Effect = 'now' | 'room' | 'restart';

/** By path: `*` stands for one key. The row with the most keys that fits is the one that counts. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  $schema: 'now',
  meta: 'now',
  'gateway.mode': 'restart',
  'gateway.port': 'restart',
  'gateway.bind': 'restart',
  'gateway.customBindHost': 'restart',
  'gateway.tls': 'restart',
  'gateway.tailscale': 'restart',
  'gateway.controlUi.enabled': 'restart',
  'gateway.controlUi.basePath': 'restart',
  'gateway.controlUi.root': 'restart',
  'gateway.controlUi.allowedOrigins': 'now',
  'gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback': 'now',
  'gateway.controlUi.dangerouslyDisableDeviceAuth': 'now',
  'gateway.auth': 'room',
  'gateway.trustedProxies': 'now',
  'gateway.publicOrigin': 'now',
  'gateway.allowRealIpFallback': 'now',
  'gateway.reload': 'now',
  'gateway.configHistory': 'now',
  'gateway.http': 'now',
  'gateway.tools': 'now',
  'gateway.nodes': 'now',
  'gateway.remote': 'now',
  agents: 'now',
  'agents.defaults.model': 'room',
  'agents.entries.*.model': 'room',
  bindings: 'now',
  session: 'now',
  tools: 'now',
  'browser.enabled': 'now',
  'browser.allowNonOwner': 'now',
  'browser.evaluateEnabled': 'now',
  'browser.maxRedirects': 'now',
  'browser.ssrfPolicy': 'now',
  browser: 'restart',
  channels: 'room',
  commands: 'now',
  messages: 'now',
  accessGroups: 'now',
  pairing: 'now',
  execApprovals: 'now',
  flow: 'now',
  budgets: 'now',
  models: 'room',
  secrets: 'room',
  'security.audit': 'now',
  env: 'room',
  store: 'restart',
  diagnostics: 'restart',
  discovery: 'restart',
  'logging.file': 'restart',
  'logging.level': 'room',
  'logging.consoleLevel': 'room',
  'logging.consoleStyle': 'room',
  'logging.maxFileBytes': 'room',
  'logging.maxFiles': 'room',
  'logging.redactPatterns': 'room',
  'logging.audit': 'now',
  hooks: 'room',
  'cron.enabled': 'room',
  'cron.sessionRetention': 'now',
  plugins: 'room',
  mcp: 'room',
  'nodeHost.exec': 'restart',
};

interface Row {
  readonly children: Map<string, Row>;
  effect: Effect | undefined;
}

let rows: Row | undefined;

function table(): Row {
  const root: Row = { children: new Map(), effect: undefined };
  for (const [path, effect] of Object.entries(EFFECTS)) {
    let row = root;
    for (const segment of path.split('.')) {
      const child = row.children.get(segment) ?? { children: new Map(), effect: undefined };
      row.children.set(segment, child);
      row = child;
    }
    row.effect = effect;
  }
  return root;
}

/** What the table says of a path, undefined when no row of it fits. */
export function tabledEffect(path: readonly PathSegment[]): Effect | undefined {
  rows ??= table();
  let row: Row | undefined = rows;
  let found: Effect | undefined;
  for (const segment of path) {
    row = row.children.get(String(segment)) ?? row.children.get('*');
    if (row === undefined) break;
    found = row.effect ?? found;
  }
  return found;
}

/** Whether anything reads a key. */
function hasEffect(path: readonly PathSegment[]): boolean {
  let node: KeyNode | undefined = schemaTree();
  for (const segment of path) {
    node = typeof segment === 'number' ? node.element : (node.children.get(segment) ?? node.free);
    if (node === undefined) return true;
    if (node.spec?.type.kind === 'any') break;
  }
  return node.active;
}

/**
 * When a change at a path counts.
 *
 * @example
 * ```ts
 * effectOf('gateway.port'); // "restart"
 * effectOf('tools.deny'); // "now"
 * ```
 */
export function effectOf(path: string | readonly PathSegment[]): Effect {
  const segments = typeof path === 'string' ? parsePath(path) : path;
  return tabledEffect(segments) ?? (hasEffect(segments) ? 'restart' : 'now');
}
