/**
 * `openclaw status` and `openclaw health`: how the gateway is doing.
 *
 * @module
 */
import type { ConfigStatus, MethodResult, ToolServer } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../command.ts';
import { pageUrl, readAddress } from '@portcullis/gateway/local';
import type { Output } from '../terminal/output.ts';
import { type Ways, waysIn, waysOf } from '../terminal/ways-in.ts';
import { styled } from '../terminal/style.ts';
import { formatDuration } from '../terminal/time.ts';
import { printChannels, printProbes, probeCode } from './channels/status.ts';
import { within } from './gateway/within.ts';
import { isNotRunning, type OperatorSession, withOperator } from './operator-session.ts';

interface Facts {
  /** The gateway of another machine that answered. */
  readonly elsewhere: string | undefined;
  readonly url: string | undefined;
  readonly waysIn: Ways | undefined;
  readonly model: string | undefined;
  readonly status: MethodResult<'status'>;
  readonly channels: MethodResult<'channels.status'>;
  /** Where it was asked for. */
  readonly health?: MethodResult<'health'>;
  readonly asking: number;
  readonly broken: readonly string[];
  readonly doubtful: number;
  readonly failed: number;
  /** Servers of tools that need somebody to look at them. */
  readonly servers: readonly string[];
}

/** The most messages that are counted of each kind. */
const COUNTED = 1000;

/** How long `health` waits without `--timeout`. */
const HEALTH_MS = 10_000;

/** Keys and issues that are named at most. */
const NAMED = 5;

/** `<provider>/<model>` of the model in use. */
function usedModel({ models }: MethodResult<'models.list'>): string | undefined {
  const used = models.find(({ tags }) => tags?.includes('default') === true);
  return used === undefined ? undefined : `${used.provider}/${used.id}`;
}

function needsLook({ state, differs, acceptedAt }: ToolServer): boolean {
  return differs || acceptedAt === undefined || state === 'failed' || state === 'unusable';
}

async function gather(
  { context, input }: Invocation,
  { ask, elsewhere }: OperatorSession,
): Promise<Facts> {
  const deep = input.flag('deep');
  const [status, models, channels, pairing, unknown, failed, mcp, health] = await Promise.all([
    ask('status', {}),
    ask('models.list', {}),
    ask('channels.status', deep ? { probe: true } : {}),
    ask('channels.pairing.list', {}),
    ask('outbox.list', { state: 'unknown', limit: COUNTED }),
    ask('outbox.list', { state: 'failed', limit: COUNTED }),
    ask('mcp.list', {}),
    deep ? ask('health', {}) : undefined,
  ]);
  const address = elsewhere === undefined ? readAddress(context.paths) : undefined;
  return {
    elsewhere,
    url: address === undefined ? undefined : pageUrl(address),
    waysIn: address === undefined ? undefined : waysOf(address),
    model: usedModel(models),
    status,
    channels,
    ...(health !== undefined && { health }),
    asking: pairing.requests.length,
    broken: pairing.broken,
    doubtful: unknown.items.length,
    failed: failed.items.length,
    servers: mcp.servers.filter(needsLook).map(({ id }) => id),
  };
}

/** What there is to do about the config. */
function printConfig(out: Output, { edit, failed, restartNeeded }: ConfigStatus): void {
  if (edit?.state === 'waiting') {
    const keys = [...new Set(edit.opens.map(({ key }) => key))];
    out.line(
      styled('yellow', 'Edited'),
      `    the file opens ${keys.slice(0, NAMED).join(', ')} and waits: openclaw config accept`,
    );
  }
  if (edit?.state === 'invalid') {
    out.line(
      styled('red', 'Edited'),
      '    the file is not valid and does not count: openclaw config validate',
    );
    for (const { path, message } of edit.issues.slice(0, NAMED)) {
      out.line(`          ${path}: ${message}`);
    }
  }
  if (restartNeeded.length > 0) {
    const keys = restartNeeded.slice(0, NAMED).join(', ');
    out.line(
      styled('yellow', 'Restart'),
      `   needed for ${keys}: stop the gateway and start it again`,
    );
  }
  for (const { path, message } of failed) out.warn(`${path} stays as it was: ${message}`);
}

/** What is wrong with the setup itself. */
function printAudit(out: Output, { critical, named }: MethodResult<'status'>['audit']): void {
  if (critical === 0) return;
  const which = named.slice(0, NAMED).map(({ checkId }) => checkId);
  out.line(
    styled('red', 'Audit'),
    `     ${critical} critical: ${which.join(', ')}; openclaw security audit`,
  );
}

function printAttention(out: Output, facts: Facts): void {
  const { asking, broken, doubtful, failed, servers } = facts;
  printConfig(out, facts.status.config);
  if (asking > 0) {
    out.line(styled('yellow', 'Pairing'), `   ${asking} waiting: openclaw pairing list`);
  }
  if (doubtful > 0) {
    out.line(
      styled('yellow', 'Outbox'),
      `    ${doubtful} may not have arrived: openclaw outbox list --state unknown`,
    );
  }
  if (failed > 0) {
    out.line(
      styled('red', 'Outbox'),
      `    ${failed} could not be sent: openclaw outbox list --state failed`,
    );
  }
  if (servers.length > 0) {
    out.line(styled('yellow', 'MCP'), `       look at ${servers.join(', ')}: openclaw mcp list`);
  }
  printAudit(out, facts.status.audit);
  const { count, named } = facts.status.lockouts;
  if (count > 0) {
    const who = named.slice(0, 3).map(({ client }) => client);
    out.line(styled('red', 'Locked'), `    ${count} after wrong credentials: ${who.join(', ')}`);
  }
  for (const path of broken) out.warn(`${path} cannot be read, so it lets nobody in.`);
}

function print({ context, out }: Invocation, facts: Facts): void {
  const { status, channels, url, model } = facts;
  out.line(
    styled('green', 'Running'),
    `   for ${formatDuration(status.uptimeMs)}, version ${status.runtimeVersion}, process ${status.pid}`,
  );
  if (facts.elsewhere !== undefined) out.line(`Gateway   ${facts.elsewhere}`);
  if (facts.waysIn !== undefined) {
    for (const [what, how] of waysIn(facts.waysIn)) out.line(`${what.padEnd(9)} ${how}`);
  }
  if (url !== undefined) out.line(`Page      ${url}`);
  if (facts.elsewhere === undefined) out.line(`Config    ${context.paths.configPath}`);
  out.line(`Model     ${model ?? 'none'}`);
  out.line(`Sessions  ${status.sessions.count}`);
  printAttention(out, facts);
  out.line();
  printChannels(out, channels);
  if (facts.health === undefined) return;
  printProbes(out, channels);
  out.line(
    `The gateway answered in ${facts.health.durationMs} ms; its config is ${facts.health.config}.`,
  );
}

function printStopped({ context, out, json }: Invocation): void {
  const { configPath } = context.paths;
  if (json) {
    out.json({ ok: true, running: false, config: configPath });
    return;
  }
  out.line(styled('yellow', 'Stopped'), '   no gateway is running here');
  out.line(`Config    ${configPath}`);
  out.line('Start it with: openclaw gateway run');
}

/** `openclaw status`. */
export const showStatus: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const deep = input.flag('deep');
  if (input.flag('all')) {
    return await (await import('./report/show.ts')).showReport(invocation, deep);
  }
  try {
    const facts = await withOperator(invocation, (session) => gather(invocation, session), {
      live: true,
    });
    if (json) {
      const { status, channels, ...rest } = facts;
      out.json({
        ok: true,
        running: true,
        config: context.paths.configPath,
        ...rest,
        status,
        channels,
      });
    } else print(invocation, facts);
    return deep ? probeCode(facts.channels) : 0;
  } catch (error) {
    if (!isNotRunning(error)) throw error;
    printStopped(invocation);
    return 0;
  }
};

/** `openclaw health` and `openclaw gateway health`. */
export const checkHealth: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const health = await within(invocation, input.count('timeout') ?? HEALTH_MS, (bounded) =>
    withOperator(bounded, ({ ask }) => ask('health', {}), { live: true }),
  );
  if (json) {
    out.json(health);
    return;
  }
  out.line(styled('green', 'ok'), `  answered in ${health.durationMs} ms`);
  for (const id of health.channelOrder) {
    const channel = health.channels[id];
    if (channel === undefined || !channel.configured) continue;
    out.line(`${id}: ${channel.connected ? 'connected' : 'not connected'}`);
  }
};
