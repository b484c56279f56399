/**
 * The gateway: every room wired to the next, started and stopped as one.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { type Logger, PortcullisError, type Registered, type Store } from '@portcullis/core';

import { ClientQuestions } from './asking/client-questions.ts';
import { approvalService } from './approvals/describe.ts';
import { ApprovalHistory } from './approvals/history.ts';
import { HostDocuments } from './approvals/host-document.ts';
import { AuditLog } from './audit/audit-log.ts';
import { GatewayModelDoor } from './brokers/models/model-door.ts';
import { type Resolve, systemResolve } from './brokers/net/resolve.ts';
import { type SandboxReport, probeSandbox } from './brokers/proc/readiness.ts';
import { ChannelControl } from './channels/control.ts';
import { ConfigChanges } from './changes/changes.ts';
import { addOwner } from './changes/owner.ts';
import type { Environment, LiveSecrets, LoadedConfig, StatePaths } from './config/index.ts';
import { Usage } from './session/usage.ts';
import { describeCommands } from './intake/commands.ts';
import { type Kernel, commit } from './kernel.ts';
import type { ModelDoor, Models } from './models.ts';
import { OperatorMessages } from './brokers/operator-messages.ts';
import { questionService } from './questions/service.ts';
import { toolServerService } from './tool-servers/describe.ts';
import { Fixes } from './posture/fixes/fixes.ts';
import { PluginRefusals, type RefusedPlugin } from './posture/plugin-refusals.ts';
import { QuietAudit } from './posture/watch/quiet-audit.ts';
import { startRetention, writeFolds, writeLine } from './retention.ts';
import { GatewayReloader, type ReloadRoom, type Reloader } from './reload/reloader.ts';
import { reloadRooms } from './rooms/reload-rooms.ts';
import { ConfigEdits } from './rooms/config-edits.ts';
import { type KernelHolder, createKernel } from './rooms/create-kernel.ts';
import { loadService } from './rooms/load.ts';
import { type Rooms, createRooms } from './rooms/rooms.ts';
import type { Route } from './server/index.ts';
import type { ConfigEntry, CriticalFinding, ReloadOutcome, Services } from './services.ts';
import type { StepListener } from './step.ts';

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly version: string;
  readonly config: LoadedConfig;
  readonly secrets: LiveSecrets;
  readonly paths: StatePaths;
  /** Opened by the caller with `gatewayTables`; closed by the caller after `stop`. */
  readonly store: Store;
  /** The key of the store's chained logs, to verify them. */
  readonly chainKey: Uint8Array;
  readonly registry: Registered;
  /** Makes the models, which reach their servers through the door and no other way. */
  readonly models: (door: ModelDoor) => Models;
  readonly log: Logger;
  /** Names the one command that installs a missing channel package. */
  readonly installHint: (channel: string) => string;
  /** The variables a changed config is read with. Default: those of the process. */
  readonly env?: Environment;
  /**
   * Parts outside the gateway that hold on to what they made of the config; asked before those
   * inside. Default: none.
   */
  readonly reloadRooms?: readonly ReloadRoom[];
  /** Plugins the config asks for and that are not loaded now. Default: none. */
  readonly refusedPlugins?: () => readonly RefusedPlugin[];
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number;
  /** Looks host names up for tools. Default: the machine's resolver. */
  readonly resolve?: Resolve;
  /** Told of every point a message passes. */
  readonly onStep?: StepListener;
}

/** What a start found. */
export interface GatewayStart {
  /** Events an earlier process had accepted and not finished. */
  readonly events: number;
  /** How many sends are doubtful, once the channels were asked. */
  readonly settled: Promise<number>;
  readonly sandbox: SandboxReport;
  /** An edit of the config file that opens something and that this start accepted. */
  readonly edited?: ConfigEntry;
  /** What was critical when an earlier process last looked. */
  readonly critical: readonly CriticalFinding[];
}

/** The rooms of a gateway, built over an open store. */
export interface Gateway {
  readonly services: Services;
  /** The webhooks of the channels: hand it to `createServer`. */
  readonly route: (path: string) => Route | undefined;
  /** Puts another config in force while it runs. */
  readonly reloader: Reloader;
  /**
   * Takes up what an earlier process left and starts the channels. Resolves with what was found;
   * doubtful sends are known once `settled` has.
   */
  start(): Promise<GatewayStart>;
  /**
   * Takes nothing new, gives turns `budgetMs` (default 5,000) to end and parks the rest for the
   * next start. The store stays open.
   */
  stop(reason: string, budgetMs?: number): Promise<void>;
  /** Lets go of a gateway that was never started. The store stays open. */
  close(): Promise<void>;
}

const STOP_BUDGET_MS = 5000;
/** How long the channels may take to be made before messages go out on those there are. */
const CHANNELS_MS = 10_000;
/** Name of the lease that makes one gateway the owner of this state. */
const LEASE = 'gateway';

/**
 * Builds a gateway. Nothing runs until `start`.
 *
 * Throws `store.leased` when another gateway owns the state, `secret.*` when a configured secret
 * cannot be had.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const lease = await options.store.lease(LEASE);
  const holder = createKernel(options, lease);
  const { kernel } = holder;
  const { resolve = systemResolve, env = process.env } = options;
  const door = new GatewayModelDoor(kernel, resolve);
  const models = options.models(door);
  const { secrets, installHint } = options;
  const rooms = await createRooms(kernel, {
    secrets,
    models,
    resolve,
    installHint,
    addOwner: (entry) => addOwner(changes, entry),
  });
  const reloader = createReloader(holder, options, { rooms, models });
  const changes = new ConfigChanges({
    ...kernel,
    env,
    chainKey: options.chainKey,
    registered: () => rooms.toolServers.toolbox.registered(),
    // Nothing was started that could be put on another config.
    onCommitted: (next) => (isRunning ? reloader.apply(next) : takeUp(holder, next)),
    onDecided: (next, path) => (isRunning ? reloader.applyKey(next, path) : takeUp(holder, next)),
    tell: rooms.notices.tell,
  });
  const edits = new ConfigEdits(kernel, {
    reloader,
    changes,
    chainKey: options.chainKey,
    env,
    changed: () => rooms.notices.tell({ type: 'config' }),
  });
  const posture = watchPosture(kernel, rooms, options);
  const channelControl = new ChannelControl(kernel, rooms.channels);
  const refusals = watchRefusals(kernel, rooms, options);
  let isRunning = false;
  let stopRetention: (() => void) | undefined;
  const stopRevocations = await kernel.capabilities.open();
  return {
    services: describeServices(kernel, options, {
      rooms,
      models,
      changes,
      edits,
      posture,
      channelControl,
    }),
    reloader,
    route: (path) => rooms.channels.route(path) ?? rooms.hooks.route(path),
    start: async () => {
      isRunning = true;
      stopRetention = startRetention(kernel, rooms);
      const edited = await edits.start();
      const started = await start(kernel, rooms, options);
      await refusals.note();
      const known = await posture.begin();
      return { ...started, ...(edited && { edited }), critical: known?.critical ?? [] };
    },
    stop: async (reason, budgetMs = STOP_BUDGET_MS) => {
      stopRetention?.();
      stopRevocations();
      await edits.stop();
      await posture.end();
      await channelControl.close();
      await stop(kernel, rooms, reason, budgetMs);
      door.close();
      await lease.release();
    },
    close: async () => {
      stopRevocations();
      await channelControl.close();
      await rooms.toolServers.close();
      await rooms.outbox.close(0);
      await lease.release();
    },
  };
}

function createReloader(
  { kernel, use }: KernelHolder,
  { secrets, log, installHint, reloadRooms: outside = [] }: GatewayOptions,
  { rooms, models }: { readonly rooms: Rooms; readonly models: Models },
): GatewayReloader {
  return new GatewayReloader({
    current: () => kernel.config(),
    use,
    secrets,
    rooms: [...outside, ...reloadRooms(kernel, rooms, models, installHint)],
    log,
    now: () => kernel.now(),
    changed: () => rooms.notices.tell({ type: 'config' }),
  });
}

interface Described {
  readonly rooms: Rooms;
  readonly models: Models;
  readonly changes: ConfigChanges;
  readonly edits: ConfigEdits;
  readonly posture: QuietAudit;
  readonly channelControl: ChannelControl;
}

/** The audit that follows what is in force. */
function watchPosture(kernel: Kernel, rooms: Rooms, { secrets }: GatewayOptions): QuietAudit {
  const posture = new QuietAudit({
    ...kernel,
    secrets,
    checks: () => kernel.registry.auditChecks.values(),
    tell: rooms.notices.tell,
  });
  rooms.notices.listen(({ type }) => {
    if (type === 'config') posture.look();
  });
  return posture;
}

/** The refused plugins, written down as they change. */
function watchRefusals(kernel: Kernel, rooms: Rooms, options: GatewayOptions): PluginRefusals {
  const refusals = new PluginRefusals(kernel, options.refusedPlugins ?? (() => []));
  rooms.notices.listen(({ type }) => {
    if (type === 'config') void refusals.note();
  });
  return refusals;
}

/** Puts a config in force where nothing holds on to what it made of another. */
async function takeUp(holder: KernelHolder, next: LoadedConfig): Promise<ReloadOutcome> {
  holder.use(next);
  return { applied: [], restartNeeded: [], failed: [] };
}

function describeServices(
  kernel: Kernel,
  options: GatewayOptions,
  { rooms, models, changes, edits, posture, channelControl }: Described,
): Services {
  const { version, paths, store, log, chainKey, env = process.env } = options;
  return {
    version,
    startedAt: kernel.now(),
    paths,
    store,
    log,
    config: () => kernel.config(),
    configControl: changes,
    edits,
    chat: rooms.chat,
    sessions: rooms.sessions,
    pairing: rooms.pairing,
    outbox: rooms.outbox,
    messages: new OperatorMessages(kernel, {
      ...rooms,
      channelOf: (channel, accountId) => rooms.channels.find(channel, accountId),
    }),
    attempts: kernel.attempts,
    audit: new AuditLog(store, chainKey, (entry) => writeLine(kernel, entry)),
    posture,
    fixes: new Fixes({ ...kernel, env, changes, changed: () => posture.look() }),
    approvals: approvalService(rooms.approvals, new ApprovalHistory(kernel)),
    clientQuestions: new ClientQuestions(kernel, rooms),
    hostDocument: new HostDocuments(kernel),
    budgets: rooms.budgets,
    nodes: rooms.nodes,
    workspaces: rooms.workspaces,
    questions: questionService(rooms.questions),
    schedule: rooms.schedule,
    toolServers: toolServerService(rooms.toolServers),
    tools: rooms.tools,
    usage: new Usage(kernel, models),
    commands: describeCommands,
    load: loadService(kernel, rooms.lanes),
    channels: () => rooms.channels.report(),
    channelControl,
    agents: () => kernel.agents(),
    models: () => models.report(),
    listen: (listener) => rooms.notices.listen(listener),
  };
}

async function start(
  kernel: Kernel,
  rooms: Rooms,
  { version, secrets }: GatewayOptions,
): Promise<Omit<GatewayStart, 'critical'>> {
  await commit(kernel, (tx) => {
    kernel.journal.record(tx, {
      kind: 'gateway',
      at: kernel.now(),
      code: 'gateway.started',
      version,
    });
  });
  const probing = probeSandbox(kernel, rooms.sandbox);
  await rooms.pairing.recover();
  await rooms.delegations.recover();
  const events = await rooms.inbox.recover((key, { state, event, run }) => {
    if (event === undefined) return;
    if (state === 'admitted' && run !== undefined) rooms.gate.resume(key, event, run);
    else rooms.gate.take(key, event);
  });
  kernel.lease.lost.addEventListener('abort', () => {
    kernel.log.error(
      {},
      'another gateway took over this state; every write is refused from now on',
    );
  });
  rooms.hooks.check(kernel.config(), secrets);
  await rooms.clock.start();
  const sandbox = await probing;
  // Doubtful sends can be asked about only where a channel is there to ask.
  const starting = rooms.channels.start().catch((cause: unknown) => {
    kernel.log.error({ err: cause }, 'channels: not every account could be started');
  });
  // Nothing is sent before what was left; a channel that never comes about must not hold up the others.
  const patience = sleep(CHANNELS_MS, undefined, { ref: false });
  const settled = Promise.race([starting, patience]).then(() => rooms.outbox.recover());
  settled.catch((cause: unknown) => kernel.log.error({ err: cause }, 'outbox: recovery failed'));
  kernel.log.info({ version, resumed: events }, 'gateway: started');
  return { events, settled, sandbox };
}

async function stop(kernel: Kernel, rooms: Rooms, reason: string, budgetMs: number): Promise<void> {
  const deadline = performance.now() + budgetMs;
  const left = (): number => Math.max(0, deadline - performance.now());
  kernel.log.info({ reason, running: rooms.runs.size }, 'gateway: stopping');
  rooms.notices.tell({ type: 'shutdown', reason });
  rooms.lanes.close();
  await Promise.all([rooms.channels.stop(left()), rooms.clock.stop(), rooms.gate.close()]);
  await Promise.race([rooms.lanes.idle(), sleep(left(), undefined, { ref: false })]);
  rooms.runs.parkAll();
  await rooms.lanes.idle();
  await Promise.all([rooms.processes.close(), rooms.toolServers.close()]);
  rooms.delegations.close();
  await rooms.outbox.close(Math.max(left(), 250));
  await writeFolds(kernel, true);
  try {
    await commit(kernel, (tx) => {
      kernel.journal.record(tx, {
        kind: 'gateway',
        at: kernel.now(),
        code: 'gateway.stopped',
        cause: reason,
      });
    });
  } catch (cause) {
    if (!PortcullisError.is(cause)) throw cause;
    kernel.log.warn({ err: cause }, 'audit log: the stop could not be written');
  }
}
